/**
 * What asks neither a node's machine nor other records, where nobody holds the node: one unit of the database in place
 * of taking the lock, saving and giving it back. Null, or false, when it has to be done under the lock.
 */
import { NodeLocked } from "../common/errors/node.ts";
import type { Node, NodeChanges } from "../common/objects/node.ts";
import type { Core } from "./core.ts";

/** The node as it is then, revealed; null also when `compute` says so. @throws NodeNotFound, what `compute` throws */
export async function changeFree(
  core: Core,
  uuid: string,
  compute: (node: Node) => NodeChanges | null,
): Promise<Node | null> {
  // Who holds it is asked before what is wrong with the change: a lock is what a caller is told of first.
  const ifFree = (node: Node) => (node.reservation === null ? compute(node) : null);
  return unlessHeld(core, uuid, async () => (await core.stores.nodes.amend(uuid, ifFree)).after);
}

/** Whether the node is gone; false also when `mayGo` says so. @throws NodeNotFound, what `mayGo` throws */
export async function destroyFree(core: Core, uuid: string, mayGo: (node: Node) => boolean): Promise<boolean> {
  return (await unlessHeld(core, uuid, () => core.stores.nodes.destroyUnlocked(uuid, mayGo))) ?? false;
}

/** Null when somebody holds the node, or waits for it. */
export async function unlessHeld<T>(core: Core, uuid: string, work: () => Promise<T>): Promise<T | null> {
  if (core.lines.length(uuid) > 0) return null;
  await core.members.ensureAlive();
  return unlessLocked(work);
}

/** Null when somebody holds the node. */
export async function unlessLocked<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (NodeLocked.matches(error)) return null;
    throw error;
  }
}
