/** The health that a machine tells of itself, read with its power and kept on the node. Source: Ironic's enable_health_monitoring. */
import { reasonOf } from "../../common/errors/fault.ts";
import { raceAbort } from "../../common/race-abort.ts";
import { addHistory } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";

/** Rejects only when the database does: a health that cannot be read is not known, and nothing else. */
export async function noteHealth(task: NodeTask): Promise<void> {
  const { management } = task.driver;
  if (!task.core.config.conductor.enable_health_monitoring || management.getHealth === undefined) return;
  let health: string | null;
  try {
    health = await raceAbort(management.getHealth(task), task.signal);
  } catch (error) {
    task.log.debug({ error: reasonOf(error) }, "the machine's health could not be read");
    return;
  }
  const { uuid, health: before } = task.node;
  if (health === before) return;
  const isSaved = await task.core.stores.nodes.touch(uuid, { health }, [{ field: "reservation", null: true }]);
  if (!isSaved || before === null) return;
  const text = `The machine's health changed from ${before} to ${health ?? "not known"}.`;
  await addHistory(task, { type: "health", severity: health === "OK" ? "INFO" : "ERROR", text });
}
