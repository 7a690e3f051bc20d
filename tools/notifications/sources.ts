/** What the conductor tells while it works, as notifications. */
import type { FerricEvent } from "../../common/events.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { isStable } from "../../common/provision-machine.ts";
import type { NodeReadings } from "../../common/sensor-board.ts";
import type { PowerTarget } from "../../common/states.ts";
import type { Notification, Priority } from "./notification.ts";
import { type PayloadName, payloadOf } from "./payloads.ts";
import { sensorPayload } from "./sensor-payload.ts";

/** A masked node; null when it is gone. */
type ReadNode = (uuid: string) => Promise<Node | null>;

const TARGETS: ReadonlySet<string> = new Set<PowerTarget>([
  "power on",
  "power off",
  "rebooting",
  "soft rebooting",
  "soft power off",
]);
interface Console {
  readonly event: string;
  readonly is: boolean;
}
const CONSOLES: Readonly<Partial<Record<string, Console>>> = {
  "console on": { event: "console_set", is: true },
  "console off": { event: "console_set", is: false },
  "console restored": { event: "console_restore", is: true },
};
const ACTION_STATUS = { sent: "start", done: "end", failed: "error" } as const;
type Said = Pick<Notification, "event" | "priority"> & {
  readonly payload: PayloadName;
  readonly beside: JsonObject;
  /** As the event has it: the record may have moved on. */
  readonly now: Partial<Node>;
};

export function concerns(event: FerricEvent): boolean {
  return event.node !== null && sayingOf(event) !== null;
}

/** Null for events that are none of theirs, and nodes that are gone. */
export async function notificationOf(event: FerricEvent, read: ReadNode): Promise<Notification | null> {
  const said = sayingOf(event);
  if (said === null || event.node === null) return null;
  const node = await read(event.node).catch(() => null);
  if (node === null) return null;
  const { event: name, priority, payload, beside, now } = said;
  const told = payloadOf(payload, { ...node, ...now }, beside);
  return { event: name, priority, from: "ironic-conductor", isVersioned: true, payload: told };
}

function sayingOf(event: FerricEvent): Said | null {
  if (event.type === "node.state") return provisioned(event);
  if (event.type === "action" && TARGETS.has(event.action)) {
    const status = ACTION_STATUS[event.status];
    const priority = status === "error" ? "error" : "info";
    const beside = { to_power: event.action };
    return {
      event: `baremetal.node.power_set.${status}`,
      priority,
      payload: "NodeSetPowerStatePayload",
      beside,
      now: {},
    };
  }
  const console = event.type === "action" ? CONSOLES[event.action] : undefined;
  if (event.type === "action" && console !== undefined) return switched(event, console);
  // Found so, and asked for by nobody.
  if (event.type === "node.power" && event.requested === null)
    return {
      event: "baremetal.node.power_state_corrected.success",
      priority: "info",
      payload: "NodeCorrectedPowerStatePayload",
      beside: { from_power: event.from },
      now: {},
    };
  return null;
}

function switched(event: Extract<FerricEvent, { type: "action" }>, { event: name, is }: Console): Said {
  const status = ACTION_STATUS[event.status];
  return {
    event: `baremetal.node.${name}.${status}`,
    priority: status === "error" ? "error" : "info",
    payload: "NodePayload",
    beside: {},
    now: status === "end" ? { console_enabled: is } : {},
  };
}

function provisioned(event: Extract<FerricEvent, { type: "node.state" }>): Said {
  const { from, to, target, verb = null, from_target: before = null } = event;
  const [status, priority]: readonly [string, Priority] = to.endsWith("failed")
    ? ["error", "error"]
    : isStable(from) === isStable(to)
      ? ["success", "info"]
      : [isStable(to) ? "end" : "start", "info"];
  return {
    event: `baremetal.node.provision_set.${status}`,
    priority,
    payload: "NodeSetProvisionStatePayload",
    beside: { event: verb, previous_provision_state: from, previous_target_provision_state: before },
    now: { provision_state: to, target_provision_state: target },
  };
}

/** Readings of a machine; null where there is nothing new. */
export function readingsNotification(readings: NodeReadings, now: Date): Notification | null {
  const { sensors, driver } = readings;
  if (sensors === null || sensors === undefined) return null;
  const event = `hardware.${driver}.metrics`;
  const payload = sensorPayload(readings, sensors, event, now);
  return { event, priority: "info", from: "ironic-conductor", isVersioned: false, payload };
}
