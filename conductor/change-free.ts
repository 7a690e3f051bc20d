/**
 * A change of a node's record that asks neither its machine nor other records, where nobody holds the node: one unit of
 * the database in place of taking the lock, saving and giving it back.
 */
import { NodeLocked } from "../common/errors/node.ts";
import type { Node, NodeChanges } from "../common/objects/node.ts";
import type { Core } from "./core.ts";

/**
 * The node as it is then, revealed; null when it has to be changed under its lock: somebody holds it or waits for it, or
 * `compute` says so by null. @throws NodeNotFound, what `compute` throws
 */
export async function changeFree(
  core: Core,
  uuid: string,
  compute: (node: Node) => NodeChanges | null,
): Promise<Node | null> {
  if (core.lines.length(uuid) > 0) return null;
  await core.members.ensureAlive();
  try {
    // Who holds it is asked before what is wrong with the change: a lock is what a caller is told of first.
    const ifFree = (node: Node) => (node.reservation === null ? compute(node) : null);
    return (await core.stores.nodes.amend(uuid, ifFree)).after;
  } catch (error) {
    if (NodeLocked.matches(error)) return null;
    throw error;
  }
}
