/** Holds a node's row for the rest of a unit that changes what belongs to the node: two such units take turns. */
import { NodeNotFound } from "../../common/errors/node.ts";
import { firstOf, type Work } from "../engine.ts";
import { param } from "../query/compile.ts";
import type { StoreContext } from "./store-context.ts";

/** @throws NodeNotFound */
export function* holdNodeRow({ sql, dialect, compiled }: StoreContext, uuid: string): Work<void> {
  const statement = compiled.get("hold-node", () =>
    dialect.forChange(
      sql("nodes")
        .select("id")
        .where({ uuid: param("uuid") }),
    ),
  );
  if ((yield* firstOf(statement.bind({ uuid }))) === null) throw NodeNotFound({ node: uuid });
}
