/** A notification, and who may want it: its priority and its topic. */
import type { JsonObject } from "../../common/json.ts";

export const PRIORITIES = ["debug", "info", "warning", "error", "critical"] as const;
export type Priority = (typeof PRIORITIES)[number];

export interface Notification {
  /** Such as "baremetal.node.power_set.start". */
  readonly event: string;
  readonly priority: Priority;
  /** Which part of the service would say it in Ironic. */
  readonly from: "ironic-api" | "ironic-conductor";
  /** Versioned payloads have topics of their own. */
  readonly isVersioned: boolean;
  readonly payload: JsonObject;
}

/** As it goes out: an envelope that consumers of oslo.messaging know. */
export function envelopeOf(notification: Notification, host: string, now: Date): JsonObject {
  return {
    message_id: crypto.randomUUID(),
    publisher_id: `${notification.from}.${host}`,
    event_type: notification.event,
    priority: notification.priority.toUpperCase(),
    payload: notification.payload,
    timestamp: now
      .toISOString()
      .replace("T", " ")
      .replace(/(\.\d{3})Z$/, "$1000"),
  };
}
