/** Deploy interface `autodetect`: the one that fits the instance stands in its place from the deploy to the tear-down. */
import type { NodeTask } from "./task.ts";

const DETECTING = "autodetect";
/** In driver_internal_info: the interface to go back to. */
const BEFORE = "original_deploy_interface";

/** @throws InterfaceNotFound, IncompatibleInterface at the next use when the chosen one is not enabled */
export async function chooseDeploy(task: NodeTask): Promise<void> {
  const chosen = task.driver.deploy.choose?.(task.node);
  if (chosen === undefined) return;
  await task.update(() => ({
    deploy_interface: chosen,
    driver_internal_info: task.internalInfo({ [BEFORE]: task.node.deploy_interface ?? DETECTING }),
  }));
}

/** What a tear-down saves with the rest. */
export function unchooseDeploy(task: NodeTask): { deploy_interface?: string } {
  const before = task.node.driver_internal_info[BEFORE];
  return typeof before === "string" ? { deploy_interface: before } : {};
}

export const DEPLOY_CHOICE_FORGOTTEN = { [BEFORE]: undefined } as const;
