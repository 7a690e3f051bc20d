/** Setting a boot device over IPMI, with what BMCs that forget it need. Shared by management and power. */
import type { Config } from "../../common/config/config.ts";
import { isJsonObject } from "../../common/json.ts";
import type { BootMode } from "../../common/states.ts";
import type { Task } from "../base/task.ts";
import type { IpmiAccess } from "./access.ts";
import { KEEP_FLAGS, writeFlags } from "./boot-flags.ts";
import { connectionOf } from "./connection.ts";

/** Key of driver_internal_info with the device to set again at power on. */
const FORCED = "ipmi_forced_boot_device";

export async function applyBootFlags(
  task: Task,
  access: IpmiAccess,
  config: Config,
  flags: { device: string | null; persistent: boolean; mode: BootMode },
): Promise<void> {
  const { disableBootTimeout } = connectionOf(task.node.driver_info);
  await task.ensureLock();
  if (disableBootTimeout ?? config.ipmi.disable_boot_timeout) await access.raw(task, KEEP_FLAGS);
  await access.raw(task, writeFlags(flags));
}

/** Notes the device for the next power on when the node asks for that. */
export async function noteBootDevice(task: Task, device: string, persistent: boolean): Promise<void> {
  if (!connectionOf(task.node.driver_info).forceBootDevice) return;
  await task.remember({ [FORCED]: { device, persistent } });
}

/** Sets the noted device again; one that was meant for a single start is forgotten after it. */
export async function reapplyBootDevice(task: Task, access: IpmiAccess, config: Config, mode: BootMode): Promise<void> {
  const noted = task.node.driver_internal_info[FORCED];
  if (!connectionOf(task.node.driver_info).forceBootDevice || !isJsonObject(noted)) return;
  const persistent = noted.persistent === true;
  await applyBootFlags(task, access, config, { device: String(noted.device), persistent, mode });
  if (!persistent) await task.remember({ [FORCED]: undefined });
}
