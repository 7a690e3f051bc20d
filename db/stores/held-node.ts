/** A node under a lock, as its store holds it between two changes, and as it is shown. */
import type { Node } from "../../common/objects/node.ts";
import type { CountedNode, StoredNode } from "../records/node-table.ts";
import type { KnownNode } from "./node-changes.ts";
import { revealed } from "./node-parts.ts";

/** Everything of a node under a lock. */
export interface HeldNode extends KnownNode {
  readonly traits: readonly string[];
}

/** Revealed. A record of its own: what is held stays as it is in the database. */
export function shown({ node, secrets, traits }: HeldNode): Node {
  return { ...revealed(withoutVersion(node), secrets), traits };
}

/** A copy without the number that is the store's own. */
export function withoutVersion({ row_version: _, ...node }: CountedNode): StoredNode {
  return node;
}
