/** Work of a step that the BMC goes on with: written down on the node, asked for again, and the restart that it may need. */
import type { JsonObject } from "../../common/json.ts";
import type { DriverServices } from "../base/services.ts";
import { HARDWARE_WORK } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { powerTo } from "../power-to.ts";

/** Writes down what is under way; the next look is due after `seconds`. */
export async function noteWork(
  task: Task,
  services: Pick<DriverServices, "clock">,
  data: JsonObject,
  seconds: number,
): Promise<void> {
  const due = new Date((services.clock ?? Date.now)() + seconds * 1000).toISOString();
  await task.remember({ [HARDWARE_WORK]: { due, data } });
}

/** For work that ended at once, after all. */
export function forgetWork(task: Task): Promise<void> {
  return task.remember({ [HARDWARE_WORK]: undefined });
}

const FLOWS = [
  { field: "clean_step", mark: "cleaning_reboot", withoutRamdisk: "cleaning_disable_ramdisk" },
  { field: "deploy_step", mark: "deployment_reboot", withoutRamdisk: null },
  { field: "service_step", mark: "servicing_reboot", withoutRamdisk: "service_disable_ramdisk" },
] as const;

/** What the BMC has taken for the next start takes effect: the machine starts anew, into its ramdisk where one ran. */
export async function restartForChange(task: Task): Promise<void> {
  const info = task.node.driver_internal_info;
  const flow = FLOWS.find(({ field }) => typeof task.node[field].step === "string");
  const { agent } = task.driver.deploy;
  const hadRamdisk =
    typeof info.agent_url === "string" && (!flow?.withoutRamdisk || info[flow.withoutRamdisk] !== true);
  if (flow !== undefined && hadRamdisk && agent?.rebootRamdisk !== undefined) {
    await task.remember({ [flow.mark]: true });
    return await agent.rebootRamdisk(task);
  }
  await powerTo(task, "rebooting");
}
