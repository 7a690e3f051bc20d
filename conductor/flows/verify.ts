/** Verification: from enroll to manageable, once the power credentials work. */
import { reasonOf } from "../../common/errors/fault.ts";
import type { NodeChanges } from "../../common/objects/node.ts";
import { inStage, tellStage } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import { offeredSteps } from "../steps/collect.ts";
import { inOrder } from "../steps/order.ts";
import { runRemainingSteps, type StepFlow } from "../steps/run.ts";
import { STEP_KEYS, STEP_STARTED_KEY } from "../steps/step-list.ts";
import type { NodeTask } from "../task.ts";
import { failNode } from "./failing.ts";

const keys = STEP_KEYS.verify;

export const verifyFlow: StepFlow = { keys, finish };

/** The background part, in state verifying. */
export async function runVerify(task: NodeTask): Promise<void> {
  await inStage("Verification failed: the power interface's settings are not valid", () =>
    task.driver.power.validate(task),
  );
  const power_state = await inStage(
    `Verification failed: the power state could not be read over interface ${task.node.power_interface}`,
    () => task.driver.power.getPowerState(task),
  );
  const offered = offeredSteps(task.driver, "verify", task.core.config).map((item) => item.stored);
  const steps = inOrder(offered.filter((step) => step.priority > 0));
  const found = { power_state, ...(await firmwareState(task)) };
  await keepReadings(task);
  // Most types have none: what was found and the end of the flow are one save then.
  if (steps.length === 0) return await finish(task, found);
  await task.update(() => ({
    ...found,
    driver_internal_info: task.internalInfo({
      [keys.list]: steps.map((step) => ({ ...step })),
      [keys.index]: undefined,
    }),
  }));
  await runRemainingSteps(task, verifyFlow);
}

export async function failVerify(task: NodeTask, error: unknown): Promise<void> {
  await failNode(task, {
    verb: "fail",
    text: tellStage("Verification failed", error),
    kind: "verify",
    changes: () => forgotten(task),
  });
}

async function finish(task: NodeTask, found: NodeChanges = {}): Promise<void> {
  await processEvent(task, "done", { lastError: null, changes: () => ({ ...found, ...forgotten(task) }) });
}

function forgotten(task: NodeTask): NodeChanges {
  return {
    driver_internal_info: task.internalInfo({
      [keys.list]: undefined,
      [keys.index]: undefined,
      [STEP_STARTED_KEY]: undefined,
    }),
  };
}

/** Boot mode and secure boot as the machine has them; a type that cannot tell leaves them unknown. */
export async function firmwareState(task: NodeTask): Promise<Pick<NodeChanges, "boot_mode" | "secure_boot">> {
  const { management } = task.driver;
  return {
    boot_mode: await ifKnown(task, "boot mode", async () => (await management.getBootMode?.(task)) ?? null),
    secure_boot: await ifKnown(task, "secure boot", async () => (await management.getSecureBoot?.(task)) ?? null),
  };
}

/** What the API shows of BIOS settings and firmware versions, from types that can read them without starting the machine. */
async function keepReadings(task: NodeTask): Promise<void> {
  const { bios, firmware } = task.driver;
  await ifKnown(task, "BIOS settings", async () => (await bios.cacheSettings?.(task)) ?? null);
  await ifKnown(task, "firmware versions", async () => (await firmware.cacheComponents?.(task)) ?? null);
}

async function ifKnown<T>(task: NodeTask, what: string, read: () => Promise<T | null>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    task.log.debug({ error: reasonOf(error) }, `${what} is not known`);
    return null;
  }
}
