/** Rescue and its end: a ramdisk with a login on a machine whose own system does not start. */
import type { NodeChanges } from "../../common/objects/node.ts";
import { inStage, tellStage } from "../failures.ts";
import { processEvent } from "../provisioning.ts";
import { forgetAgent } from "../recorded-power.ts";
import type { NodeTask } from "../task.ts";
import { failNode } from "./failing.ts";

export const RESCUE_SECRETS = ["rescue_password", "hashed_rescue_password"] as const;

export function rescueStart(task: NodeTask, password: string, hashed: string): () => NodeChanges {
  return () => ({
    instance_info: { ...task.node.instance_info, rescue_password: password, hashed_rescue_password: hashed },
  });
}

/** The background part, in state rescuing. */
export async function runRescue(task: NodeTask): Promise<void> {
  const outcome = await inStage("Rescue failed", () => task.driver.rescue.rescue(task));
  await processEvent(task, outcome);
}

/** The agent of a node in rescue wait has called in: hand it the password. */
export async function finishRescue(task: NodeTask): Promise<void> {
  await processEvent(task, "resume");
  await inStage("Rescue failed while the agent was given the password", async () =>
    task.driver.rescue.finalizeRescue?.(task),
  );
  await processEvent(task, "done", {
    lastError: null,
    changes: () => ({
      driver_internal_info: task.internalInfo(forgetAgent(task.node.driver_internal_info, { evenPregenerated: true })),
    }),
  });
}

export async function failRescue(task: NodeTask, error: unknown, verb: "fail" | "abort" = "fail"): Promise<void> {
  await failNode(task, {
    verb,
    text: tellStage("Rescue failed", error),
    kind: "rescue",
    changes: () => withoutPassword(task),
    putAway: [
      ["Taking down the rescue ramdisk", () => task.driver.rescue.cleanUp(task)],
      [
        "Forgetting the agent",
        () => task.remember(forgetAgent(task.node.driver_internal_info, { evenPregenerated: true })),
      ],
    ],
  });
}

/** The background part, in state unrescuing. */
export async function runUnrescue(task: NodeTask): Promise<void> {
  await inStage("Unrescue failed", () => task.driver.rescue.unrescue(task));
  await processEvent(task, "done", { lastError: null, changes: () => withoutPassword(task) });
}

export async function failUnrescue(task: NodeTask, error: unknown): Promise<void> {
  await failNode(task, { verb: "fail", text: tellStage("Unrescue failed", error), kind: "unrescue" });
}

function withoutPassword(task: NodeTask): NodeChanges {
  const kept = Object.entries(task.node.instance_info).filter(([key]) => !RESCUE_SECRETS.some((name) => name === key));
  return { instance_info: Object.fromEntries(kept) };
}
