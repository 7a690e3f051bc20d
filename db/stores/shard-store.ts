/** Shards are no records: they are what nodes say they belong to. */
import type { ShardStore } from "../contract.ts";
import { rowsOf, type Work } from "../engine.ts";
import type { StoreContext } from "./store-context.ts";

export class SqlShardStore implements ShardStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  counts(): Promise<readonly { readonly name: string | null; readonly count: number }[]> {
    return this.#context.engine.read(() => this.#counts());
  }

  *#counts(): Work<readonly { readonly name: string | null; readonly count: number }[]> {
    const { sql, compiled, dialect } = this.#context;
    const statement = compiled.get("shards", () =>
      sql("nodes")
        .select("shard")
        .count("*")
        .groupBy("shard")
        .orderByRaw(dialect.orderTerm(sql.ref("shard").toQuery(), "desc")),
    );
    const rows = yield* rowsOf(statement.bind());
    return rows.map(([name, count]) => ({
      name: name === null || name === undefined ? null : String(name),
      count: Number(count),
    }));
  }
}
