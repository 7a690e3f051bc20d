/** Where notifications go, by [oslo_messaging_notifications]driver. */
import type { Config } from "../../common/config/config.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Logger } from "../../common/log.ts";

export interface Sink {
  /** Resolves once it is taken; not before what takes it is there. `key`: topic.priority. */
  send(key: string, envelope: JsonObject): Promise<void>;
  close(): Promise<void>;
}

/** Null for noop. @throws Error when RabbitMQ is wanted and no address is named */
export async function sinkOf(config: Config, log: Logger): Promise<Sink | null> {
  const { driver, transport_url: url, amqp_durable_queues: isDurable } = config.oslo_messaging_notifications;
  if (driver === "noop") return null;
  if (driver === "log") return logSink(log);
  if (url === null)
    throw new Error(
      "[oslo_messaging_notifications]transport_url is not set; driver messagingv2 needs the address of RabbitMQ",
    );
  const { AmqpSink } = await import("./amqp-sink.ts");
  return new AmqpSink(url, isDurable, log);
}

function logSink(log: Logger): Sink {
  return {
    send: async (key, envelope) => log.info({ key, notification: envelope }, "notification"),
    close: async () => {},
  };
}
