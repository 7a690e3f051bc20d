/** Inspection: out of band in one go, or in band with a wait for the agent's data. */
import { wantsFastTrack } from "../../common/fast-track.ts";
import type { JsonObject } from "../../common/json.ts";
import type { NodeChanges } from "../../common/objects/node.ts";
import { timestamp } from "../clock.ts";
import { inStage, tellStage } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import { forgetAgent } from "../recorded-power.ts";
import type { NodeTask } from "../task.ts";
import { failNode } from "./failing.ts";

export function inspectStart(task: NodeTask): () => NodeChanges {
  return () => ({ inspection_started_at: timestamp(task.core.clock()), inspection_finished_at: null });
}

/** The background part, in state inspecting. */
export async function runInspect(task: NodeTask): Promise<void> {
  const outcome = await inStage("Inspection failed", () => task.driver.inspect.inspectHardware(task));
  if (outcome === "wait") await processEvent(task, "wait");
  else await finish(task);
}

/** In state inspecting again, with the agent's data. */
export async function runContinuedInspect(task: NodeTask, inventory: JsonObject, plugin: JsonObject): Promise<void> {
  await inStage("Inspection failed while the agent's data was taken over", async () => {
    const before = (await task.core.stores.inventory.get(task.node.uuid))?.inventory ?? null;
    await task.core.services.storeInventory(task.node.uuid, inventory, plugin);
    await task.driver.inspect.continueInspection?.(task, inventory, plugin, before);
  });
  await finish(task);
}

export async function failInspect(task: NodeTask, error: unknown, verb: "fail" | "abort" = "fail"): Promise<void> {
  const { inspect } = task.driver;
  await failNode(task, {
    verb,
    text: tellStage("Inspection failed", error),
    kind: "introspection",
    changes: () => ({ inspection_started_at: null }),
    putAway: [
      ...(inspect.abort === undefined ? [] : [["Ending the inspection", async () => inspect.abort?.(task)] as const]),
      [
        "Forgetting the agent",
        () => task.remember(forgetAgent(task.node.driver_internal_info, { evenPregenerated: true })),
      ],
    ],
  });
}

/** On fast track the agent that has just reported stays, and is about to call in. */
async function finish(task: NodeTask): Promise<void> {
  const stays = wantsFastTrack(task.node, task.core.config.deploy.fast_track);
  await processEvent(task, "done", {
    lastError: null,
    changes: () => ({
      inspection_started_at: null,
      inspection_finished_at: timestamp(task.core.clock()),
      ...(stays
        ? {}
        : {
            driver_internal_info: task.internalInfo(
              forgetAgent(task.node.driver_internal_info, { evenPregenerated: true }),
            ),
          }),
    }),
  });
}
