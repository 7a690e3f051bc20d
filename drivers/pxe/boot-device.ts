/** Boot device and boot mode, set through the management interface as far as it can. */
import type { Config } from "../../common/config/config.ts";
import { UnsupportedDriverExtension } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { writtenOf } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import type { BootMode } from "../../common/states.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { bootModeOf, wantedBootMode } from "../boot-mode.ts";
import { booleanOf } from "../reading.ts";

/** `last`: the device of the deployed system, which is meant to stay. */
export async function setBootDevice(
  task: Task,
  device: "pxe" | "disk" | "cdrom",
  { last }: { readonly last: boolean },
  { log }: Pick<DriverServices, "log">,
): Promise<void> {
  const { management } = task.driver;
  if (!(await management.supportedBootDevices(task)).includes(device)) {
    log.warn(
      { node: task.node.uuid, device },
      "the management interface cannot choose this boot device; the machine's own order counts",
    );
    return;
  }
  const persistent = isPersistent(task, last);
  await task.ensureLock();
  task.tell({ type: "action", action: `boot device ${device}`, status: "sent", detail: { persistent } });
  await management.setBootDevice(task, device, persistent);
  task.tell({ type: "action", action: `boot device ${device}`, status: "done" });
}

/** @throws InvalidParameterValue */
function isPersistent(task: Task, last: boolean): boolean {
  const wish = task.node.driver_info.force_persistent_boot_device ?? "Default";
  const word = writtenOf(wish).toLowerCase();
  if (word === "always" || booleanOf(wish) === true) return true;
  if (word === "never") return false;
  if (word === "default" || booleanOf(wish) === false) return last;
  throw InvalidParameterValue({
    reason: `driver_info force_persistent_boot_device "${writtenOf(wish).slice(0, 40)}" is not known; use Default, Always or Never.`,
  });
}

/** Sets the mode that the node asks for, finds out the present one if it asks for none, and writes it down. */
export async function prepareBootMode(task: Task, config: Config): Promise<void> {
  const { management } = task.driver;
  const wanted = wantedBootMode(task.node);
  const present = await presentMode(task);
  if (wanted !== null && present !== null && wanted !== present && management.setBootMode !== undefined) {
    await task.ensureLock();
    task.tell({ type: "action", action: `boot mode ${wanted}`, status: "sent" });
    await management.setBootMode(task, wanted);
    task.tell({ type: "action", action: `boot mode ${wanted}`, status: "done" });
  }
  const mode = wanted ?? present ?? bootModeOf(task.node, config);
  if (task.node.driver_internal_info.deploy_boot_mode !== mode) await task.remember({ deploy_boot_mode: mode });
}

/** The mode in force for this run of the ramdisk: asked for, or found when it was prepared. */
export function ramdiskBootMode(node: Node, config: Config): BootMode {
  const found = node.driver_internal_info.deploy_boot_mode;
  return wantedBootMode(node) ?? (found === "bios" || found === "uefi" ? found : bootModeOf(node, config));
}

async function presentMode(task: Task): Promise<BootMode | null> {
  try {
    return (await task.driver.management.getBootMode?.(task)) ?? null;
  } catch (error) {
    if (UnsupportedDriverExtension.matches(error)) return null;
    throw error;
  }
}
