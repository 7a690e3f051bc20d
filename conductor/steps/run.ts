/**
 * The one runner of all flows with steps. The index is saved before a step begins: after a crash it tells which step
 * must not be repeated by itself. A step ends "done" (next), "wait" (lock released, resumed later) or by an error.
 */
import { reasonOf } from "../../common/errors/fault.ts";
import { LockLost } from "../../common/errors/node.ts";
import type { StoredStep } from "../../common/steps.ts";
import type { StepOutcome } from "../../drivers/base/steps.ts";
import { timestamp } from "../clock.ts";
import { StageFailure, StepFailure } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";
import { raceAbort } from "../waiting.ts";
import { isForChildren, runOnChildren } from "./children.ts";
import { findOffered } from "./collect.ts";
import { stepName } from "./order.ts";
import { isReserved, type ReservedOutcome, runReserved } from "./reserved.ts";
import { indexOf, STEP_STARTED_KEY, type StepKeys, shownStep, stepsOf } from "./step-list.ts";

export interface StepFlow {
  readonly keys: StepKeys;
  /** Runs once every step is done; moves the node to the flow's end state. */
  finish(task: NodeTask): Promise<void>;
}

/** Runs from the step after the current one until the list ends, a step waits or fails. @throws StepFailure, LockLost */
export async function runRemainingSteps(task: NodeTask, flow: StepFlow): Promise<void> {
  const steps = stepsOf(task.node, flow.keys);
  for (let index = indexOf(task.node, flow.keys) + 1; index < steps.length; index++) {
    const step = steps[index];
    if (step === undefined) break;
    const outcome = await runOne(task, flow.keys, step, index, steps.length);
    if (outcome === "done") continue;
    await processEvent(task, outcome);
    return;
  }
  await flow.finish(task);
}

/** "Deploy step deploy.write_image (2 of 5)", as messages name it. */
export function placeOf(keys: StepKeys, step: StoredStep, index: number, total: number): string {
  const flow = `${keys.flow[0]?.toUpperCase()}${keys.flow.slice(1)}`;
  return `${flow} step ${stepName(step)} (${index + 1} of ${total})`;
}

async function runOne(
  task: NodeTask,
  keys: StepKeys,
  step: StoredStep,
  index: number,
  total: number,
): Promise<ReservedOutcome> {
  const about = { flow: keys.flow, step: stepName(step), index, total };
  await task.update(() => ({
    ...(keys.field === null ? {} : { [keys.field]: shownStep(step) }),
    driver_internal_info: task.internalInfo({
      [keys.index]: index,
      [STEP_STARTED_KEY]: timestamp(task.core.clock()),
    }),
  }));
  await task.ensureLock();
  const started = task.core.services.now();
  task.tell({ type: "step.started", ...about });
  const seconds = () => (task.core.services.now() - started) / 1000;
  try {
    const outcome = await raceAbort(carryOut(task, keys, step), task.signal);
    task.tell({ type: "step.finished", ...about, outcome: outcome === "done" ? "done" : "wait", seconds: seconds() });
    return outcome;
  } catch (error) {
    task.tell({ type: "step.finished", ...about, outcome: "failed", seconds: seconds(), error: reasonOf(error) });
    if (LockLost.matches(error) || error instanceof StageFailure) throw error;
    throw new StepFailure(`${placeOf(keys, step, index, total)} failed: ${reasonOf(error)}`, { cause: error });
  }
}

/** A step of an interface runs here; one that no interface knows is the agent's. */
async function carryOut(task: NodeTask, keys: StepKeys, step: StoredStep): Promise<ReservedOutcome> {
  if (isForChildren(step)) {
    await runOnChildren(task, keys.flow, step);
    return "done";
  }
  const def = findOffered(task.driver, keys.flow, task.core.config, step);
  if (def !== undefined) return def.run(task, step.args ?? {});
  if (isReserved(step, keys.flow)) return runReserved(task, keys.flow, step);
  return startInAgent(task, keys, step);
}

function startInAgent(task: NodeTask, keys: StepKeys, step: StoredStep): Promise<StepOutcome> {
  const agent = task.driver.deploy.agent;
  if (agent === undefined)
    throw new Error(
      `no interface of the node offers it, and deploy interface ${task.node.deploy_interface} has no agent that could; use a step that GET /v1/nodes/${task.node.uuid}/steps names or another interface`,
    );
  return agent.startStep(task, keys.flow, step);
}
