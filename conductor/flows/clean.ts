/** Cleaning: automated on the way to available, manual with the steps a user names. */
import type { NodeChanges } from "../../common/objects/node.ts";
import type { RequestedStep, StoredStep } from "../../common/steps.ts";
import { inStage, StepFailure, tellStage } from "../failures.ts";
import { addHistory, momentOf, processEvent } from "../provisioning.ts";
import { forgetAgent } from "../recorded-power.ts";
import { cleaningByRunbook } from "../steps/clean-runbook.ts";
import { mergeAgentSteps, offeredSteps } from "../steps/collect.ts";
import { withoutDisallowed } from "../steps/disallowed.ts";
import { inOrder } from "../steps/order.ts";
import { runSteps, type StepFlow } from "../steps/run.ts";
import { AGENT_STEPS_KEY, forgetSteps, requestedOf, STEP_KEYS, shownStep, stepsOf } from "../steps/step-list.ts";
import { checkSteps, refuseRamdiskSteps, refuseUnknown } from "../steps/validate.ts";
import type { NodeTask } from "../task.ts";
import { failNode } from "./failing.ts";

const keys = STEP_KEYS.clean;

export const cleanFlow: StepFlow = { keys, finish };

/** Whether the node is cleaned on its way to available: its own setting before the configured one. */
export function isCleanedAutomatically(task: NodeTask): boolean {
  return task.node.automated_clean ?? task.core.config.conductor.automated_clean;
}

/** driver_internal_info at the start; null steps mean automated cleaning. */
export function cleanStart(
  task: NodeTask,
  steps: readonly RequestedStep[] | null,
  disableRamdisk = false,
): () => NodeChanges {
  return () => ({
    clean_step: {},
    driver_internal_info: task.internalInfo({
      ...forgetSteps(keys),
      clean_steps: steps === null ? null : steps.map((step) => ({ ...step })),
      requested_clean_steps: steps === null ? undefined : steps.map((step) => ({ ...step })),
      cleaning_disable_ramdisk: steps === null ? undefined : disableRamdisk,
    }),
  });
}

/** The background part, in state cleaning. */
export async function runCleaning(task: NodeTask): Promise<void> {
  if (!isManual(task) && !isCleanedAutomatically(task)) return finish(task);
  await task.driver.power.validate(task);
  await task.driver.network.validate(task);
  if (!isManual(task)) await takeRunbook(task);
  const requested = requestedOf(task.node.driver_internal_info.requested_clean_steps);
  const own = ownSteps(task);
  const checked = checkSteps("clean", task.node.uuid, requested, own);
  const withoutRamdisk = task.node.driver_internal_info.cleaning_disable_ramdisk === true;
  if (withoutRamdisk || task.driver.deploy.agent === undefined) refuseUnknown("clean", task.node.uuid, checked.unknown);
  if (withoutRamdisk) refuseRamdiskSteps("clean", task.node.uuid, checked.steps);
  if (!withoutRamdisk && (await task.driver.deploy.prepareCleaning(task, "clean")) === "wait") {
    await processEvent(task, "wait");
    return;
  }
  const agent = withoutRamdisk ? undefined : task.driver.deploy.agent;
  await startSteps(task, (await agent?.fetchSteps(task, "clean")) ?? []);
}

/** With a runbook, automated cleaning has requested steps as manual cleaning has. */
async function takeRunbook(task: NodeTask): Promise<void> {
  const order = await cleaningByRunbook(task);
  if (order === null) return;
  await task.remember({
    requested_clean_steps: order.steps.map((step) => ({ ...step })),
    cleaning_disable_ramdisk: order.disableRamdisk,
  });
}

/** Sets the list, with the agent's steps in it, and runs it from the start. */
export async function startSteps(task: NodeTask, agentSteps: readonly StoredStep[]): Promise<void> {
  const offered = mergeAgentSteps(ownSteps(task), agentSteps, "clean", task.core.config);
  const chosen = isRequested(task)
    ? requestedSteps(task, offered)
    : inOrder(offered.filter((step) => step.priority > 0));
  const steps = withoutDisallowed(task, "clean", chosen);
  const history = addHistory(task, {
    type: isManual(task) ? "manual_cleaning_start" : "automated_cleaning_start",
    severity: "INFO",
    text: `Starting ${isManual(task) ? "manual" : "automated"} cleaning with steps=${JSON.stringify(steps.map(shownStep))}`,
  });
  task.alongside(history);
  await runSteps(task, cleanFlow, steps, { [AGENT_STEPS_KEY]: "clean" });
}

export async function failCleaning(task: NodeTask, error: unknown, verb: "fail" | "abort" = "fail"): Promise<void> {
  const text = tellStage("Cleaning failed before its first step", error);
  const toMaintenance = error instanceof StepFailure && verb === "fail" && !isManual(task);
  await failNode(task, {
    verb,
    text,
    kind: "cleaning",
    changes: () => ({
      clean_step: {},
      driver_internal_info: task.internalInfo({ ...forgetSteps(keys), ...flowKeys() }),
      ...(toMaintenance ? { maintenance: true, maintenance_reason: text, fault: "clean failure" } : {}),
    }),
    putAway: [
      ["Taking down the cleaning ramdisk", () => task.driver.deploy.tearDownCleaning(task, "clean")],
      [
        "Forgetting the agent",
        () => task.remember(forgetAgent(task.node.driver_internal_info, { evenPregenerated: true })),
      ],
    ],
  });
}

async function finish(task: NodeTask): Promise<void> {
  const manual = isManual(task);
  const cleaned = manual || isCleanedAutomatically(task);
  if (cleaned && task.node.driver_internal_info.cleaning_disable_ramdisk !== true) {
    await inStage("All clean steps are done, but taking down the ramdisk failed", () =>
      task.driver.deploy.tearDownCleaning(task, "clean"),
    );
  }
  const steps = stepsOf(task.node, keys);
  const stays = (await task.driver.deploy.agent?.runs?.(task)) === true;
  const moment = momentOf(task);
  await processEvent(task, manual ? "manage" : "done", {
    changes: () => ({
      clean_step: {},
      driver_internal_info: task.internalInfo({
        ...forgetSteps(keys),
        ...flowKeys(),
        ...(stays ? {} : forgetAgent(task.node.driver_internal_info, { evenPregenerated: true })),
      }),
    }),
  });
  if (!cleaned) return;
  const text = `${manual ? "Manual" : "Automated"} cleaning completed successfully with ${steps.length} step(s)`;
  const type = manual ? "manual_cleaning_end" : "automated_cleaning_end";
  task.alongside(addHistory(task, { type, severity: "INFO", text }, moment));
}

function flowKeys(): Record<string, undefined> {
  return { requested_clean_steps: undefined, cleaning_disable_ramdisk: undefined };
}

export function isManual(task: NodeTask): boolean {
  return task.node.target_provision_state === "manageable";
}

function ownSteps(task: NodeTask): readonly StoredStep[] {
  return offeredSteps(task.driver, "clean", task.core.config).map((offered) => offered.stored);
}

function isRequested({ node }: NodeTask): boolean {
  return node.driver_internal_info.requested_clean_steps !== undefined;
}

function requestedSteps(task: NodeTask, offered: readonly StoredStep[]): readonly StoredStep[] {
  const requested = requestedOf(task.node.driver_internal_info.requested_clean_steps);
  const checked = checkSteps("clean", task.node.uuid, requested, offered);
  refuseUnknown("clean", task.node.uuid, checked.unknown);
  return checked.steps;
}
