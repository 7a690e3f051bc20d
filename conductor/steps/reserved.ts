/** Step names the conductor itself carries out in any list: power actions, hold and wait (steps.json, reserved step names). */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { PowerTarget } from "../../common/states.ts";
import type { Flow, RequestedStep, StoredStep } from "../../common/steps.ts";
import type { StepOutcome } from "../../drivers/base/steps.ts";
import { powerTo } from "../../drivers/power-to.ts";
import type { NodeTask } from "../task.ts";

const POWER: Readonly<Record<string, PowerTarget>> = {
  power_on: "power on",
  power_off: "power off",
  reboot: "rebooting",
};

/** The longest `wait` that keeps the lock; longer pauses are for the wait state. */
const MAX_WAIT_SECONDS = 86_400;

export type ReservedOutcome = StepOutcome | "hold";

export function isReserved(step: Pick<StoredStep, "step">, flow: Flow): boolean {
  return flow !== "verify" && (step.step in POWER || step.step === "hold" || step.step === "wait");
}

/** @throws InvalidParameterValue when the arguments do not fit */
export function checkReserved(step: RequestedStep): void {
  const { seconds, ...rest } = step.args ?? {};
  const unexpected = Object.keys(step.step === "wait" ? rest : (step.args ?? {}));
  if (unexpected.length > 0)
    throw InvalidParameterValue({
      reason: `step ${step.step} has these unexpected arguments: ${unexpected.join(", ")}`,
    });
  if (step.step !== "wait" || seconds === undefined) return;
  if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= MAX_WAIT_SECONDS))
    throw InvalidParameterValue({
      reason: `step wait: seconds must be a number from 0 to ${MAX_WAIT_SECONDS}, got ${JSON.stringify(seconds)}`,
    });
}

export async function runReserved(task: NodeTask, flow: Flow, step: StoredStep): Promise<ReservedOutcome> {
  if (step.step === "hold") return "hold";
  const target = POWER[step.step];
  if (target !== undefined) {
    const inRamdisk = step.step === "reboot" && typeof task.node.driver_internal_info.agent_url === "string";
    if (inRamdisk) await rebootRamdisk(task, flow);
    else await powerTo(task, target);
    return inRamdisk ? "wait" : "done";
  }
  const seconds = step.args?.seconds;
  if (typeof seconds !== "number") return "wait";
  await task.core.services.sleep(seconds * 1000, task.signal);
  return "done";
}

/** In a deploy, cleaning or servicing: the mark tells the driver that an agent without commands is as it should be. */
export async function rebootRamdisk(task: NodeTask, flow: Flow): Promise<void> {
  const mark = { verify: null, deploy: "deployment_reboot", clean: "cleaning_reboot", service: "servicing_reboot" }[
    flow
  ];
  if (mark !== null) await task.remember({ [mark]: true });
  const { agent } = task.driver.deploy;
  // A boot device that holds for one start only would lead to the disk.
  if (agent?.rebootRamdisk !== undefined) await agent.rebootRamdisk(task);
  else await powerTo(task, "rebooting");
}
