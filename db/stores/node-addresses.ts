/** Nodes by the addresses of their ports. */
import { type Row, rowsOf, type Work } from "../engine.ts";
import { byPlace, placeholders } from "../query/page.ts";
import type { StoreContext } from "./store-context.ts";

/** Rows of the nodes that have a port with one of these addresses, whatever the letters' case. */
export function* rowsByAddress(
  { sql, compiled }: StoreContext,
  fields: readonly string[],
  addresses: readonly string[],
): Work<readonly Row[]> {
  const known = addresses.map((address) => address.toLowerCase());
  const statement = compiled.get(`nodes-by-address:${known.length}:${fields.join()}`, () => {
    const ports = sql("ports").select("node_uuid").whereIn("address", placeholders(known.length));
    return sql("nodes").select(fields).whereIn("uuid", ports).orderBy("id");
  });
  return yield* rowsOf(statement.bind(byPlace(known)));
}
