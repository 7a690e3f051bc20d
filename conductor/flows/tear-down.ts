/** Tear-down: takes the instance off the machine, then cleans it on the way back to available. */
import type { State } from "../../common/states.ts";
import { DEPLOY_CHOICE_FORGOTTEN, unchooseDeploy } from "../deploy-choice.ts";
import { inStage, tellStage } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import { forgetAgent } from "../recorded-power.ts";
import { forgetSteps, STEP_KEYS } from "../steps/step-list.ts";
import { switchConsole } from "../switch-console.ts";
import type { NodeTask } from "../task.ts";
import { cleanStart, failCleaning, runCleaning } from "./clean.ts";
import { failNode } from "./failing.ts";

const RESCUE_STATES: readonly State[] = ["rescue", "rescue failed", "rescue wait", "unrescue failed"];

/** The background part, in state deleting and then cleaning; `from` is the state before. */
export async function runTearDown(task: NodeTask, from: State): Promise<void> {
  const { driver } = task;
  const allocation = task.node.allocation_uuid;
  if (task.node.console_enabled)
    await inStage("Tear-down failed: the console could not be stopped", () => switchConsole(task, "off"));
  if (RESCUE_STATES.includes(from))
    await inStage("Tear-down failed: the rescue ramdisk could not be taken down", () => driver.rescue.cleanUp(task));
  await inStage("Tear-down failed", () => driver.deploy.tearDown(task));
  await inStage("Tear-down failed while boot files and networks were removed", () => driver.deploy.cleanUp(task));
  await task.update(() => ({
    ...unchooseDeploy(task),
    instance_info: {},
    instance_uuid: null,
    allocation_uuid: null,
    instance_name: null,
    deploy_step: {},
    service_step: {},
    driver_internal_info: task.internalInfo({
      ...forgetSteps(STEP_KEYS.deploy),
      ...forgetSteps(STEP_KEYS.service),
      ...forgetAgent(task.node.driver_internal_info, { evenPregenerated: true }),
      ...DEPLOY_CHOICE_FORGOTTEN,
      is_whole_disk_image: undefined,
      user_deploy_steps: undefined,
      requested_service_steps: undefined,
      service_disable_ramdisk: undefined,
    }),
  }));
  if (allocation !== null) await task.core.stores.allocations.destroy(allocation);
  await processEvent(task, "clean", { target: "available", changes: cleanStart(task, null) });
  await runCleaning(task);
}

/** What failed may be the tear-down or already the cleaning after it. */
export async function failTearDown(task: NodeTask, error: unknown): Promise<void> {
  if (task.node.provision_state !== "deleting") return failCleaning(task, error);
  await failNode(task, { verb: "fail", text: tellStage("Tear-down failed", error), kind: "deploy" });
}
