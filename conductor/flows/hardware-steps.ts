/** Steps that wait for the hardware: their interface is asked how far it is, and the flow goes on when it is done. */
import { reasonOf } from "../../common/errors/fault.ts";
import { LockLost } from "../../common/errors/node.ts";
import { raceAbort } from "../../common/race-abort.ts";
import { HARDWARE_WORK, hardwareWork, type StepOutcome } from "../../drivers/base/steps.ts";
import { timestamp } from "../clock.ts";
import { Aborted, StepFailure } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import { findOffered } from "../steps/collect.ts";
import { runRemainingSteps } from "../steps/run.ts";
import { currentStep } from "../steps/step-list.ts";
import type { NodeTask } from "../task.ts";
import { ABORT_AFTER, isWaiting, tellEnded, whereIs } from "./in-band.ts";
import { FLOW_OF_STATE, failFlow } from "./table.ts";

/** Set by a step that has restarted the machine into its ramdisk: the flow goes on when that calls in. */
const REBOOT_MARKS = ["cleaning_reboot", "deployment_reboot", "servicing_reboot"];

/** The task holds the lock. A node that waits for no hardware any more is left alone. */
export async function followHardware(task: NodeTask): Promise<void> {
  const steps = FLOW_OF_STATE[task.node.provision_state]?.steps;
  const step = steps === undefined ? null : currentStep(task.node, steps.keys);
  if (steps === undefined || step === null || !isWaiting(task.node.provision_state)) return;
  if (hardwareWork(task.node) === null) return;
  const poll = findOffered(task.driver, steps.keys.flow, task.core.config, step)?.poll;
  let outcome: StepOutcome;
  try {
    if (poll === undefined) throw new Error("its interface does not know how to ask for it any more; was it changed?");
    outcome = await raceAbort(poll(task), task.signal);
  } catch (error) {
    if (LockLost.matches(error) || task.signal.aborted) throw error;
    return failFlow(task, new StepFailure(`${whereIs(task)} failed: ${reasonOf(error)}`, { cause: error }));
  }
  // The wait has a limit of its own, which is not meant for hardware that is at work.
  if (outcome === "wait") return task.save({ provision_updated_at: timestamp(task.core.clock()) });
  tellEnded(task, steps, step);
  const { [ABORT_AFTER]: aborts, ...info } = task.node.driver_internal_info;
  await task.update(() => ({
    provision_updated_at: timestamp(task.core.clock()),
    driver_internal_info: task.internalInfo({ [HARDWARE_WORK]: undefined, [ABORT_AFTER]: undefined }),
  }));
  if (aborts === true)
    return failFlow(task, new Aborted(`${whereIs(task)}: aborted by request after the step had ended.`));
  if (REBOOT_MARKS.some((mark) => info[mark] === true)) return;
  await processEvent(task, "resume");
  await runRemainingSteps(task, steps);
}
