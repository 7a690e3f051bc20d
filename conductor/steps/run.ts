/**
 * The one runner of all flows with steps. The index is saved before a step begins: after a crash it tells which step
 * must not be repeated by itself. A step ends "done" (next), "wait" (lock released, resumed later) or by an error.
 */
import { reasonOf } from "../../common/errors/fault.ts";
import { LockLost } from "../../common/errors/node.ts";
import type { Json } from "../../common/json.ts";
import { raceAbort } from "../../common/race-abort.ts";
import type { StoredStep } from "../../common/steps.ts";
import type { StepOutcome } from "../../drivers/base/steps.ts";
import { timestamp } from "../clock.ts";
import { StageFailure, StepFailure } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";
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

type Info = Readonly<Record<string, Json | undefined>>;

/**
 * Runs a new list from its start. List, `more` of driver_internal_info and the first step's index are one save, which is
 * through before that step begins. @throws StepFailure, LockLost
 */
export async function runSteps(
  task: NodeTask,
  flow: StepFlow,
  steps: readonly StoredStep[],
  more: Info = {},
): Promise<void> {
  const list = { ...more, [flow.keys.list]: steps.map((step) => ({ ...step })), [flow.keys.index]: undefined };
  if (steps.length === 0) await task.remember(list);
  await runFrom(task, flow, { steps, next: 0, unsaved: list });
}

/** Runs from the step after the current one until the list ends, a step waits or fails. @throws StepFailure, LockLost */
export async function runRemainingSteps(task: NodeTask, flow: StepFlow): Promise<void> {
  const next = indexOf(task.node, flow.keys) + 1;
  await runFrom(task, flow, { steps: stepsOf(task.node, flow.keys), next, unsaved: {} });
}

interface Place {
  readonly steps: readonly StoredStep[];
  readonly next: number;
  /** To be saved with the index. */
  readonly unsaved: Info;
}

async function runFrom(task: NodeTask, flow: StepFlow, { steps, next, unsaved }: Place): Promise<void> {
  for (let index = next; index < steps.length; index++) {
    const step = steps[index];
    if (step === undefined) break;
    await begin(task, flow.keys, step, index, index === next ? unsaved : {});
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

async function begin(task: NodeTask, keys: StepKeys, step: StoredStep, index: number, unsaved: Info): Promise<void> {
  await task.update(() => ({
    ...(keys.field === null ? {} : { [keys.field]: shownStep(step) }),
    driver_internal_info: task.internalInfo({
      ...unsaved,
      [keys.index]: index,
      [STEP_STARTED_KEY]: timestamp(task.core.clock()),
    }),
  }));
}

async function runOne(
  task: NodeTask,
  keys: StepKeys,
  step: StoredStep,
  index: number,
  total: number,
): Promise<ReservedOutcome> {
  const about = { flow: keys.flow, step: stepName(step), index, total };
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
