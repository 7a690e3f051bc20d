/** Adoption: a machine that already runs its system becomes active without a deploy. */
import { inStage, tellStage } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";
import { failNode } from "./failing.ts";

/** The background part, in state adopting. */
export async function runAdopt(task: NodeTask): Promise<void> {
  await inStage("Adoption failed: the power interface's settings are not valid", () =>
    task.driver.power.validate(task),
  );
  await inStage("Adoption failed: the boot interface's settings are not valid", () => task.driver.boot.validate(task));
  await inStage("Adoption failed while boot was prepared", () => task.driver.deploy.takeOver(task));
  const power_state = await inStage("Adoption failed: the power state could not be read", () =>
    task.driver.power.getPowerState(task),
  );
  await processEvent(task, "done", {
    lastError: null,
    changes: () => ({ power_state, conductor_affinity: task.core.hostname }),
  });
}

export async function failAdopt(task: NodeTask, error: unknown): Promise<void> {
  await failNode(task, { verb: "fail", text: tellStage("Adoption failed", error), kind: "adoption" });
}
