/** Servicing: the steps a user names, on an active node. */
import { reasonOf } from "../../common/errors/fault.ts";
import type { NodeChanges } from "../../common/objects/node.ts";
import type { RequestedStep, StoredStep } from "../../common/steps.ts";
import { Aborted, inStage, StepFailure, tellStage } from "../failures.ts";
import { addHistory, momentOf, processEvent } from "../provisioning.ts";
import { forgetAgent } from "../recorded-power.ts";
import { mergeAgentSteps, offeredSteps } from "../steps/collect.ts";
import { withoutDisallowed } from "../steps/disallowed.ts";
import { isReserved } from "../steps/reserved.ts";
import { runRemainingSteps, type StepFlow } from "../steps/run.ts";
import { AGENT_STEPS_KEY, forgetSteps, requestedOf, STEP_KEYS, shownStep, stepsOf } from "../steps/step-list.ts";
import { checkSteps, refuseRamdiskSteps, refuseUnknown } from "../steps/validate.ts";
import type { NodeTask } from "../task.ts";
import { failNode } from "./failing.ts";

const keys = STEP_KEYS.service;

export const serviceFlow: StepFlow = { keys, finish };

export function serviceStart(task: NodeTask, steps: readonly RequestedStep[], disable: boolean): () => NodeChanges {
  return () => ({
    service_step: {},
    driver_internal_info: task.internalInfo({
      ...forgetSteps(keys),
      requested_service_steps: steps.map((step) => ({ ...step })),
      service_disable_ramdisk: disable,
    }),
  });
}

/** The background part, in state servicing. */
export async function runService(task: NodeTask): Promise<void> {
  await task.driver.power.validate(task);
  await task.driver.network.validate(task);
  const own = ownSteps(task);
  const checked = checkSteps("service", task.node.uuid, requested(task), own);
  const withoutRamdisk = task.node.driver_internal_info.service_disable_ramdisk === true;
  if (withoutRamdisk || task.driver.deploy.agent === undefined) refuseStrangers(task, checked.unknown);
  if (withoutRamdisk) refuseRamdiskSteps("service", task.node.uuid, checked.steps);
  const needsRamdisk =
    checked.unknown.length > 0 ||
    checked.steps.some((step) => step.requires_ramdisk !== false && !isReserved(step, "service"));
  if (withoutRamdisk || !needsRamdisk) {
    await task.remember({ service_disable_ramdisk: true });
  } else if ((await task.driver.deploy.prepareCleaning(task, "service")) === "wait") {
    await processEvent(task, "wait");
    return;
  }
  await startServiceSteps(task, []);
}

/** A step that nobody knows is a step that failed, with what follows from that. @throws StepFailure */
function refuseStrangers(task: NodeTask, unknown: readonly RequestedStep[]): void {
  try {
    refuseUnknown("service", task.node.uuid, unknown);
  } catch (error) {
    throw new StepFailure(reasonOf(error), { cause: error });
  }
}

export async function startServiceSteps(task: NodeTask, agentSteps: readonly StoredStep[]): Promise<void> {
  const offered = mergeAgentSteps(ownSteps(task), agentSteps, "service", task.core.config);
  const { steps: chosen, unknown } = checkSteps("service", task.node.uuid, requested(task), offered);
  refuseStrangers(task, unknown);
  const steps = withoutDisallowed(task, "service", chosen);
  await task.remember({
    service_steps: steps.map((step) => ({ ...step })),
    service_step_index: undefined,
    [AGENT_STEPS_KEY]: "service",
  });
  await addHistory(task, {
    type: "servicing_start",
    severity: "INFO",
    text: `Starting servicing with steps=${JSON.stringify(steps.map(shownStep))}`,
  });
  await runRemainingSteps(task, serviceFlow);
}

/** After an abort the node goes on to active: a user who gives up on servicing wants the machine back. */
export async function failService(task: NodeTask, error: unknown, verb: "fail" | "abort" = "fail"): Promise<void> {
  const withoutRamdisk = task.node.driver_internal_info.service_disable_ramdisk === true;
  const text = tellStage("Servicing failed before its first step", error);
  const toMaintenance = error instanceof StepFailure && verb === "fail";
  await failNode(task, {
    verb,
    text,
    kind: "servicing",
    changes: () => ({
      service_step: {},
      driver_internal_info: task.internalInfo({ ...forgetSteps(keys), ...flowKeys() }),
      ...(toMaintenance ? { maintenance: true, maintenance_reason: text, fault: "service failure" } : {}),
    }),
    putAway: [
      ...(withoutRamdisk
        ? []
        : [["Taking down the ramdisk", () => task.driver.deploy.tearDownCleaning(task, "service")] as const]),
      [
        "Forgetting the agent",
        () => task.remember(forgetAgent(task.node.driver_internal_info, { evenPregenerated: true })),
      ],
    ],
  });
  if (verb === "abort" && error instanceof Aborted) await processEvent(task, "abort");
}

async function finish(task: NodeTask): Promise<void> {
  const steps = stepsOf(task.node, keys);
  if (task.node.driver_internal_info.service_disable_ramdisk !== true)
    await inStage("All service steps are done, but taking down the ramdisk failed", () =>
      task.driver.deploy.tearDownCleaning(task, "service"),
    );
  const moment = momentOf(task);
  await processEvent(task, "done", {
    changes: () => ({
      service_step: {},
      driver_internal_info: task.internalInfo({
        ...forgetSteps(keys),
        ...flowKeys(),
        ...forgetAgent(task.node.driver_internal_info, { evenPregenerated: true }),
      }),
    }),
  });
  const text = `Servicing completed successfully with ${steps.length} step(s)`;
  await addHistory(task, { type: "servicing_end", severity: "INFO", text }, moment);
}

function flowKeys(): Record<string, undefined> {
  return { requested_service_steps: undefined, service_disable_ramdisk: undefined };
}

function requested(task: NodeTask): readonly RequestedStep[] {
  return requestedOf(task.node.driver_internal_info.requested_service_steps);
}

function ownSteps(task: NodeTask): readonly StoredStep[] {
  return offeredSteps(task.driver, "service", task.core.config).map((offered) => offered.stored);
}
