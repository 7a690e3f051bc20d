/** Nodes in pages, for passes over thousands of them: before each page the process does whatever else is due. */
import { setImmediate as turn } from "node:timers/promises";
import type { Node } from "../../common/objects/node.ts";
import type { Condition } from "../../db/contract.ts";
import type { Core } from "../core.ts";

/** Some milliseconds of the event loop. */
export const PAGE_SIZE = 100;

/** What tells a node's conductor. */
const ADDRESS = ["id", "uuid", "driver", "conductor_group"];

/**
 * The nodes of `where`, newest first, each once; of each its id, uuid and what tells its conductor, and `fields`. What is
 * created meanwhile may be missing, what is deleted meanwhile may be there.
 */
export async function* nodePages(
  core: Pick<Core, "stores">,
  where: readonly Condition[],
  fields: readonly string[] = [],
): AsyncGenerator<readonly Node[], void, void> {
  for (let below: Condition[] = []; ; ) {
    await turn();
    const page = await core.stores.nodes.list({
      where: [...where, ...below],
      fields: [...ADDRESS, ...fields],
      sortKey: "id",
      sortDir: "desc",
      limit: PAGE_SIZE,
    });
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE_SIZE) return;
    below = [{ field: "id", below: last.id }];
  }
}

/** Those of all pages that `keep` keeps. */
export async function nodesWhere(
  core: Pick<Core, "stores">,
  where: readonly Condition[],
  fields: readonly string[],
  keep: (node: Node) => boolean,
): Promise<readonly Node[]> {
  const kept: Node[] = [];
  for await (const page of nodePages(core, where, fields)) kept.push(...page.filter(keep));
  return kept;
}
