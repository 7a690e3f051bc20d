/** Changes a machine's power within a flow, and keeps node and events in step with it. */
import { reasonOf } from "../common/errors/fault.ts";
import type { PowerTarget } from "../common/states.ts";
import type { Task } from "./base/task.ts";
import { reachedBy } from "./power-moves.ts";

/** Acts even if the machine seems to be there already. @throws PowerStateFailure, LockLost */
export async function powerTo(task: Task, target: PowerTarget, options: { timeout?: number } = {}): Promise<void> {
  const reached = reachedBy(target);
  const from = task.node.power_state;
  await task.ensureLock();
  task.tell({ type: "action", action: target, status: "sent" });
  if (task.node.target_power_state !== reached) await task.save({ target_power_state: reached });
  try {
    await task.driver.power.setPowerState(task, target, options);
  } catch (error) {
    task.tell({ type: "action", action: target, status: "failed", detail: reasonOf(error) });
    if (task.node.target_power_state !== null) await task.save({ target_power_state: null });
    throw error;
  }
  const { power_state, target_power_state } = task.node;
  const recorded = power_state === reached && target_power_state === null;
  if (!recorded) await task.save({ power_state: reached, target_power_state: null });
  task.tell({ type: "action", action: target, status: "done" });
  task.tell({ type: "node.power", from, to: reached, requested: target });
}

/** Off, unless it is off already or the machine must never be switched off. */
export async function ensureOff(task: Task): Promise<void> {
  if (!canSwitchOff(task)) return;
  if ((await task.driver.power.getPowerState(task)) === "power off") {
    if (task.node.power_state !== "power off") await task.save({ power_state: "power off" });
    return;
  }
  await powerTo(task, "power off");
}

/** Starts the machine anew: on when it is off, else a reboot. */
export async function ensureFreshStart(task: Task): Promise<void> {
  const off = canSwitchOff(task) && (await task.driver.power.getPowerState(task)) === "power off";
  await powerTo(task, off ? "power on" : "rebooting");
}

export function canSwitchOff(task: Task): boolean {
  return !task.node.disable_power_off && task.driver.power.supportedStates.includes("power off");
}
