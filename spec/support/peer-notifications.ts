/** What a real Ironic notified of for the walk, as it was recorded: all but times, identifiers of messages and its host. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonObject } from "../../common/json.ts";

export interface Notified {
  /** "ironic-api" or "ironic-conductor". */
  readonly from: string;
  readonly event: string;
  readonly priority: string;
  /** Name, namespace, version and data. */
  readonly payload: JsonObject;
}

const RECORDED = join(import.meta.dirname, "../unit/tools/notifications/golden/ironic-39.json");

export function recordedNotifications(): readonly Notified[] {
  return JSON.parse(readFileSync(RECORDED, "utf8")) as readonly Notified[];
}

/** One a line. */
export function record(all: readonly Notified[]): void {
  writeFileSync(RECORDED, `[\n${all.map((one) => JSON.stringify(one)).join(",\n")}\n]\n`);
}

/** Of one envelope, as it goes over the wire or into the log. */
export function notifiedOf({ publisher_id, event_type, priority, payload }: JsonObject): Notified {
  return {
    from: String(publisher_id).split(".")[0] ?? "",
    event: String(event_type),
    priority: String(priority),
    payload: payload as JsonObject,
  };
}

const LINE = /oslo\.messaging\.notification\.\S+ .*?(\{.*\})/;

/** Of the log of a service whose notifications are lines of it, in their order. */
export function loggedNotifications(log: string): readonly Notified[] {
  const found = log.split("\n").flatMap((line) => LINE.exec(line)?.[1] ?? []);
  return found.map((text) => notifiedOf(leadingObject(text)));
}

/** Behind it there may be the words of the error with which something was logged. */
function leadingObject(text: string): JsonObject {
  for (let end = text.length; end > 0; end = text.lastIndexOf("}", end - 1)) {
    try {
      return JSON.parse(text.slice(0, end + 1)) as JsonObject;
    } catch {
      // It ends earlier.
    }
  }
  throw new Error(`this is no notification: ${text}`);
}
