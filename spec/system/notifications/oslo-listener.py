"""Prints priority, publisher, event and node of the first N notifications, as oslo.messaging's listener hears them."""
import sys
import threading

from oslo_config import cfg
import oslo_messaging

url, wanted = sys.argv[1], int(sys.argv[2])
conf = cfg.ConfigOpts()
conf([])
done = threading.Event()
heard = []


class Endpoint:
    def info(self, ctxt, publisher_id, event_type, payload, metadata):
        name = payload["ironic_object.data"]["name"]
        heard.append("info %s %s %s" % (publisher_id, event_type, name))
        if len(heard) >= wanted:
            done.set()


oslo_messaging.set_transport_defaults("ironic")
transport = oslo_messaging.get_notification_transport(conf, url=url)
conf.set_override("amqp_durable_queues", True, group="oslo_messaging_rabbit")
target = oslo_messaging.Target(topic="ironic_versioned_notifications", exchange="ironic")
listener = oslo_messaging.get_notification_listener(transport, [target], [Endpoint()], executor="threading")
listener.start()
done.wait(40)
listener.stop()
print("\n".join(heard[:wanted]))
