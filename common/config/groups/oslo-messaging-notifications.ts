/** [oslo_messaging_notifications]: where notifications go. [DEFAULT]notification_level says whether there are any. */
import { boolean, choice, integer, list, type Option, optional } from "../option.ts";

/** RabbitMQ's address as oslo.messaging writes it. */
function brokerUrl(help: string): Option<string | null> {
  return {
    ...optional(help, { secret: true }),
    parse(raw) {
      if (raw === "" || raw === "<None>") return null;
      const url = URL.canParse(raw) ? new URL(raw) : null;
      if (url === null || !/^(rabbit|amqps?):$/.test(url.protocol) || url.hostname === "")
        throw new Error("expected rabbit://user:password@host:port/virtual-host, or amqps:// for TLS");
      return raw;
    },
  };
}

export const osloMessagingNotifications = {
  driver: choice(
    ["noop", "messagingv2", "log"],
    "noop",
    "How notifications are sent: messagingv2 (over RabbitMQ, to consumers of OpenStack's notifications), log (as lines of the log), noop (not at all).",
  ),
  transport_url: brokerUrl("RabbitMQ: rabbit://user:password@host:port/virtual-host, or amqps:// for TLS."),
  topics: list(["notifications"], "Topics of readings of machines, which have no version."),
  max_waiting: integer(
    1000,
    "Most notifications that wait while RabbitMQ is away; what comes then is dropped, and counted in the log (ours).",
    { min: 1 },
  ),
  amqp_durable_queues: boolean(
    false,
    "Declare exchange and queues as durable: as the consumers do (Ironic has it in [oslo_messaging_rabbit]).",
  ),
} as const;
