/**
 * A boot device that is kept on the node and handed over right before the machine is switched on: for what forgets it with
 * the next start, or takes none while the machine runs.
 */
import { isJsonObject, type JsonObject } from "../common/json.ts";
import type { Task } from "./base/task.ts";

export interface NotedDevice {
  readonly device: string;
  readonly persistent: boolean;
}

/** `key`: of driver_internal_info, one a family of interfaces. */
export async function noteBootDevice(task: Task, key: string, { device, persistent }: NotedDevice): Promise<void> {
  await task.remember({ [key]: { device, persistent } });
}

export function notedBootDevice(node: { readonly driver_internal_info: JsonObject }, key: string): NotedDevice | null {
  const noted = node.driver_internal_info[key];
  if (!isJsonObject(noted) || typeof noted.device !== "string") return null;
  return { device: noted.device, persistent: noted.persistent === true };
}

/**
 * Sets the noted device by `set`. What was meant for one start is followed by `afterwards`: a device for the starts to
 * come, or null where the machine forgets by itself.
 */
export async function applyNotedDevice(
  task: Task,
  key: string,
  set: (device: string) => Promise<void>,
  afterwards: string | null,
): Promise<void> {
  const noted = notedBootDevice(task.node, key);
  if (noted === null) return;
  await task.ensureLock();
  await set(noted.device);
  if (noted.persistent) return;
  await task.remember({ [key]: afterwards === null ? undefined : { device: afterwards, persistent: true } });
}
