/** Deployment and rebuild: from available (or active) to a machine that starts its own system. */
import type { Json, JsonObject } from "../../common/json.ts";
import type { NodeChanges } from "../../common/objects/node.ts";
import type { RequestedStep, StoredStep } from "../../common/steps.ts";
import { powerTo } from "../../drivers/power-to.ts";
import { inStage, StageFailure, tellStage } from "../failures.ts";
import { addHistory, momentOf, processEvent } from "../provisioning.ts";
import { forgetAgent } from "../recorded-power.ts";
import { mergeAgentSteps, offeredSteps } from "../steps/collect.ts";
import { type DeployList, deployList, extendedList } from "../steps/deploy-list.ts";
import { withoutDisallowed } from "../steps/disallowed.ts";
import { runSteps, type StepFlow } from "../steps/run.ts";
import {
  AGENT_STEPS_KEY,
  forgetSteps,
  indexOf,
  requestedOf,
  STEP_KEYS,
  shownStep,
  stepsOf,
} from "../steps/step-list.ts";
import { refuseUnknown } from "../steps/validate.ts";
import type { NodeTask } from "../task.ts";
import { failNode } from "./failing.ts";

const keys = STEP_KEYS.deploy;

export const deployFlow: StepFlow = { keys, finish };

/** What the start saves: the request's steps and config drive, and what kind of image it is. */
export function deployStart(
  task: NodeTask,
  request: { configdrive?: Json; deploy_steps?: readonly RequestedStep[] | null },
): () => NodeChanges {
  return () => {
    const instance_info = { ...task.node.instance_info, ...imageKind(task.node.instance_info) };
    const configdrive = request.configdrive === undefined ? {} : { configdrive: request.configdrive };
    const { image_type } = instance_info;
    return {
      deploy_step: {},
      instance_info: { ...instance_info, ...configdrive },
      driver_internal_info: task.internalInfo({
        ...forgetSteps(keys),
        user_deploy_steps: request.deploy_steps?.map((step) => ({ ...step })),
        is_whole_disk_image: image_type === undefined ? undefined : image_type === "whole-disk",
      }),
    };
  };
}

/** The background part, in state deploying. */
export async function runDeploy(task: NodeTask): Promise<void> {
  const { agent } = task.driver.deploy;
  const own = listFor(task, []);
  if (agent === undefined) refuseUnknown("deploy", task.node.uuid, own.unknown);
  const list = await inStage("Deploy failed while it was prepared", async () => {
    await task.driver.deploy.prepare(task);
    if (!(await agent?.runs?.(task))) return own;
    const whole = listFor(task, (await agent?.fetchSteps(task, "deploy")) ?? []);
    refuseUnknown("deploy", task.node.uuid, whole.unknown);
    await task.remember({ [AGENT_STEPS_KEY]: "deploy" });
    return whole;
  });
  if (list.steps.length === 0) throw new StageFailure("Deploy failed: no deploy steps are left to be run");
  const history = addHistory(task, {
    type: "deployment_start",
    severity: "INFO",
    text: `Starting deployment with steps=${JSON.stringify(list.steps.map(shownStep))}`,
  });
  task.alongside(history);
  await runSteps(task, deployFlow, list.steps);
}

/** @throws InvalidParameterValue */
export function listFor(
  task: NodeTask,
  agentSteps: readonly StoredStep[],
  requested: readonly RequestedStep[] = requestedOf(task.node.driver_internal_info.user_deploy_steps),
): DeployList {
  const own = offeredSteps(task.driver, "deploy", task.core.config).map((offered) => offered.stored);
  const offered = mergeAgentSteps(own, agentSteps, "deploy", task.core.config);
  const list = deployList(task.node.uuid, requested, offered);
  return { ...list, steps: withoutDisallowed(task, "deploy", list.steps) };
}

/** Puts the agent's steps into the list behind what has already run. */
export async function extendSteps(task: NodeTask, agentSteps: readonly StoredStep[]): Promise<void> {
  const list = listFor(task, agentSteps);
  refuseUnknown("deploy", task.node.uuid, list.unknown);
  const done = stepsOf(task.node, keys).slice(0, indexOf(task.node, keys) + 1);
  const steps = extendedList(done, list.steps).map((step) => ({ ...step }));
  await task.remember({ deploy_steps: steps, [AGENT_STEPS_KEY]: "deploy" });
}

export async function failDeploy(task: NodeTask, error: unknown, verb: "fail" | "abort" = "fail"): Promise<void> {
  const { agent } = task.driver.deploy;
  const hasAgent = agent !== undefined && typeof task.node.driver_internal_info.agent_url === "string";
  const collects = task.core.config.agent.deploy_logs_collect !== "never";
  const powersOff = task.core.config.deploy.power_off_after_deploy_failure && !task.node.disable_power_off;
  await failNode(task, {
    verb,
    text: tellStage("Deploy failed", error),
    kind: "deploy",
    changes: () => ({
      deploy_step: {},
      driver_internal_info: task.internalInfo({ ...forgetSteps(keys), user_deploy_steps: undefined }),
    }),
    putAway: [
      ...(hasAgent && collects
        ? [["Fetching the ramdisk's logs", () => agent.collectLogs(task, "deploy")] as const]
        : []),
      ...(powersOff ? [["Switching the machine off", () => powerTo(task, "power off")] as const] : []),
      ["Removing what was prepared", () => task.driver.deploy.cleanUp(task)],
      [
        "Forgetting the agent",
        () => task.remember(forgetAgent(task.node.driver_internal_info, { evenPregenerated: true })),
      ],
    ],
  });
}

async function finish(task: NodeTask): Promise<void> {
  const steps = stepsOf(task.node, keys);
  const moment = momentOf(task);
  await processEvent(task, "done", {
    lastError: null,
    changes: () => ({
      deploy_step: {},
      driver_internal_info: task.internalInfo({
        ...forgetSteps(keys),
        ...forgetAgent(task.node.driver_internal_info, { evenPregenerated: true }),
        user_deploy_steps: undefined,
      }),
    }),
  });
  const text = `Deployment completed successfully with ${steps.length} step(s)`;
  task.alongside(addHistory(task, { type: "deployment_end", severity: "INFO", text }, moment));
}

/** A kernel and ramdisk of its own make it a partition image; nothing is said while there is no image. */
function imageKind(info: JsonObject): JsonObject {
  if (info.image_source === undefined || info.image_type !== undefined) return {};
  return { image_type: info.kernel !== undefined && info.ramdisk !== undefined ? "partition" : "whole-disk" };
}
