/** Where notifications come from: calls that change a node's record, and what the conductor tells while it works. */
import type { Context } from "../../common/context.ts";
import type { FerricEvent } from "../../common/events.ts";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import { isStable } from "../../common/provision-machine.ts";
import type { Handlers, Method } from "../../common/rpc/contract.ts";
import { maskSecrets } from "../../common/secrets.ts";
import type { NodeReadings } from "../../common/sensor-board.ts";
import type { PowerTarget } from "../../common/states.ts";
import type { Notification, Priority } from "./notification.ts";
import { type PayloadName, payloadOf } from "./payloads.ts";
import { sensorPayload } from "./sensor-payload.ts";

/** A masked node; null when it is gone. */
type ReadNode = (uuid: string) => Promise<Node | null>;
type Tell = (notification: Notification) => void;

interface Watched {
  readonly event: string;
  readonly payload: PayloadName;
}

/** Calls that are told of at their begin and at their end. */
const CALLS: Readonly<Partial<Record<Method, Watched>>> = {
  createNode: { event: "baremetal.node.create", payload: "NodeCRUDPayload" },
  updateNode: { event: "baremetal.node.update", payload: "NodeCRUDPayload" },
  destroyNode: { event: "baremetal.node.delete", payload: "NodeCRUDPayload" },
  setMaintenance: { event: "baremetal.node.maintenance_set", payload: "NodePayload" },
};

export function notifyingHandlers(handlers: Handlers, read: ReadNode, tell: Tell): Handlers {
  const watched = Object.entries(handlers).map(([method, handle]) => {
    const about = CALLS[method as Method];
    return [method, about === undefined ? handle : watching(about, handle as Handle, read, tell)];
  });
  return Object.fromEntries(watched) as Handlers;
}

type Handle = (params: JsonObject, context: Context) => Promise<unknown>;

function watching({ event, payload }: Watched, handle: Handle, read: ReadNode, tell: Tell): Handle {
  return async (params, context) => {
    const before = await subject(params, read);
    const say = (status: "start" | "end" | "error", node: Partial<Node>) =>
      tell({
        event: `${event}.${status}`,
        priority: status === "error" ? "error" : "info",
        from: "ironic-api",
        isVersioned: true,
        payload: payloadOf(payload, node),
      });
    say("start", before);
    try {
      const result = await handle(params, context);
      say("end", { ...before, ...(await subject(params, read)) });
      return result;
    } catch (error) {
      say("error", before);
      throw error;
    }
  };
}

/** What a call is about: a node that is there, or the values of one that is to be. */
async function subject({ node, values }: JsonObject, read: ReadNode): Promise<Partial<Node>> {
  const wanted = isJsonObject(values) ? maskSecrets(values) : {};
  const uuid = typeof node === "string" ? node : wanted.uuid;
  const found = typeof uuid === "string" ? await read(uuid).catch(() => null) : null;
  return found ?? (wanted as Partial<Node>);
}

const TARGETS: ReadonlySet<string> = new Set<PowerTarget>([
  "power on",
  "power off",
  "rebooting",
  "soft rebooting",
  "soft power off",
]);
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
