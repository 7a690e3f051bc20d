/** What a heartbeat means to the flow that waits for it. The task holds the lock; the node is in a wait state. */

import { reasonOf } from "../../common/errors/fault.ts";
import { LockLost } from "../../common/errors/node.ts";
import type { State, Verb } from "../../common/states.ts";
import type { Flow, StoredStep } from "../../common/steps.ts";
import type { AgentVerdict, AgentWork } from "../../drivers/base/interfaces.ts";
import { hardwareWork } from "../../drivers/base/steps.ts";
import { millis, timestamp } from "../clock.ts";
import { Aborted, StepFailure } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import { stepName } from "../steps/order.ts";
import { isReserved, rebootRamdisk } from "../steps/reserved.ts";
import { placeOf, runRemainingSteps, type StepFlow } from "../steps/run.ts";
import { AGENT_STEPS_KEY, currentStep, indexOf, STEP_STARTED_KEY, stepsOf } from "../steps/step-list.ts";
import type { NodeTask } from "../task.ts";
import { startSteps } from "./clean.ts";
import { extendSteps } from "./deploy.ts";
import { finishRescue } from "./rescue.ts";
import { startServiceSteps } from "./service.ts";
import { FLOW_OF_STATE, failFlow } from "./table.ts";

/** Marks a step that may not be broken off: the flow ends after it. */
export const ABORT_AFTER = "abort_after";

/** Why the last heartbeat could not be followed up; shown when the wait times out. */
export const AGENT_TROUBLE_KEY = "agent_trouble";

const AGENT_FLOW: Readonly<Partial<Record<State, Flow | "rescue" | "inspect">>> = {
  "wait call-back": "deploy",
  "clean wait": "clean",
  "service wait": "service",
  "rescue wait": "rescue",
  "inspect wait": "inspect",
};

export function isWaiting(state: State): boolean {
  return AGENT_FLOW[state] !== undefined;
}

/** What the agent of a node in this wait state works for; null elsewhere. */
export function agentFlowOf(state: State): Flow | "rescue" | "inspect" | null {
  return AGENT_FLOW[state] ?? null;
}

/** Goes on with the flow as far as this beat allows. */
export async function followBeat(task: NodeTask): Promise<void> {
  const name = AGENT_FLOW[task.node.provision_state];
  const { agent } = task.driver.deploy;
  if (name === undefined || agent === undefined) return;
  const verdict = await judge(task, agent, name);
  if (verdict === null) return;
  if (verdict.verdict === "failed") return failFlow(task, failureOf(task, verdict.message));
  if (verdict.verdict === "busy") return task.save({ provision_updated_at: timestamp(task.core.clock()) });
  if (name === "rescue") return finishRescue(task);
  if (name === "inspect") return;
  const steps = FLOW_OF_STATE[task.node.provision_state]?.steps;
  if (steps !== undefined) await goOn(task, agent, name, steps, verdict);
}

/** The agent's verdict; null when it could not be asked: the next beat asks again. */
async function judge(
  task: NodeTask,
  agent: AgentWork,
  name: Flow | "rescue" | "inspect",
): Promise<AgentVerdict | null> {
  const steps = FLOW_OF_STATE[task.node.provision_state]?.steps;
  const step = steps === undefined ? null : currentStep(task.node, steps.keys);
  if (step !== null && step.step === "wait" && isReserved(step, steps?.keys.flow ?? "clean"))
    return { verdict: "finished" };
  // The agent has nothing to do with it: it may call from before a restart, or after one of several.
  if (hardwareWork(task.node) !== null) return { verdict: "busy" };
  try {
    return await agent.heard(task, name);
  } catch (error) {
    await noteTrouble(task, error);
    return null;
  }
}

async function goOn(
  task: NodeTask,
  agent: AgentWork,
  flow: Flow,
  steps: StepFlow,
  verdict: AgentVerdict,
): Promise<void> {
  const current = currentStep(task.node, steps.keys);
  if (current !== null && verdict.verdict === "finished") tellEnded(task, steps, current);
  if (current !== null && task.node.driver_internal_info[ABORT_AFTER] === true) {
    await task.remember({ [ABORT_AFTER]: undefined });
    return failFlow(task, new Aborted(`${whereIs(task)}: aborted by request after the step had ended.`));
  }
  if (verdict.verdict === "steps-changed" && flow !== "clean")
    return failFlow(
      task,
      failureOf(task, "the versions of the agent's hardware managers changed while steps were running; start again"),
    );
  if (verdict.verdict === "finished" && verdict.reboot === true) {
    await processEvent(task, "resume");
    await rebootRamdisk(task, flow);
    return processEvent(task, "wait");
  }
  const asks = verdict.verdict === "steps-changed" || task.node.driver_internal_info[AGENT_STEPS_KEY] !== flow;
  if (!asks) {
    await processEvent(task, "resume");
    return runRemainingSteps(task, steps);
  }
  const fetched = await fetchSteps(task, agent, flow);
  if (fetched === null) return;
  await processEvent(task, "resume");
  if (flow === "clean") return startSteps(task, fetched);
  if (flow === "service") return startServiceSteps(task, fetched);
  await extendSteps(task, fetched);
  await runRemainingSteps(task, steps);
}

/** The end of a step that ran outside of this process; its start was told by the runner. */
export function tellEnded(task: NodeTask, { keys }: StepFlow, step: StoredStep): void {
  const began = task.node.driver_internal_info[STEP_STARTED_KEY];
  task.tell({
    type: "step.finished",
    flow: keys.flow,
    step: stepName(step),
    index: indexOf(task.node, keys),
    total: stepsOf(task.node, keys).length,
    outcome: "done",
    seconds: (task.core.clock() - (millis(typeof began === "string" ? began : null) ?? task.core.clock())) / 1000,
  });
}

async function fetchSteps(task: NodeTask, agent: AgentWork, flow: Flow) {
  try {
    return await agent.fetchSteps(task, flow);
  } catch (error) {
    await noteTrouble(task, error);
    return null;
  }
}

/** The agent calls again in a moment or two: what did not reach it now is told only if it never does. */
async function noteTrouble(task: NodeTask, error: unknown): Promise<void> {
  if (LockLost.matches(error) || task.signal.aborted) throw error;
  task.log.warn({ error }, "a heartbeat could not be followed up; waiting for the next one");
  await task.remember({ [AGENT_TROUBLE_KEY]: reasonOf(error) });
}

function failureOf(task: NodeTask, message: string): StepFailure {
  return new StepFailure(`${whereIs(task)} failed: ${message}`);
}

/** The step a node is at, in words; the flow's name while it has none. */
export function whereIs(task: NodeTask): string {
  const flow = FLOW_OF_STATE[task.node.provision_state];
  const keys = flow?.steps?.keys;
  const step = keys === undefined ? null : currentStep(task.node, keys);
  if (keys === undefined || step === null) return flow?.title ?? task.node.provision_state;
  return placeOf(keys, step, indexOf(task.node, keys), stepsOf(task.node, keys).length);
}

/** Ends a hold or a wait: the node goes on with the step after the current one. */
export async function resumeSteps(task: NodeTask, verb: Verb): Promise<void> {
  await processEvent(task, verb);
  const steps = FLOW_OF_STATE[task.node.provision_state]?.steps;
  if (steps !== undefined) await runRemainingSteps(task, steps);
}
