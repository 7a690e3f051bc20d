/** How many nodes there are in which state, for whoever watches the fleet. */
import type { CensusStore, NodeCount } from "../contract.ts";
import { rowsOf, type Work } from "../engine.ts";
import type { StoreContext } from "./store-context.ts";

const FIELDS = ["provision_state", "power_state", "maintenance"] as const;

export class SqlCensusStore implements CensusStore {
  readonly #context: StoreContext;

  constructor(context: StoreContext) {
    this.#context = context;
  }

  nodes(): Promise<readonly NodeCount[]> {
    return this.#context.engine.read(() => this.#nodes());
  }

  *#nodes(): Work<readonly NodeCount[]> {
    const { sql, compiled } = this.#context;
    const statement = compiled.get("census", () =>
      sql("nodes")
        .select(...FIELDS)
        .count("*")
        .groupBy(...FIELDS),
    );
    const rows = yield* rowsOf(statement.bind());
    return rows.map(([provision, power, maintenance, count]) => ({
      provision_state: provision === null || provision === undefined ? null : String(provision),
      power_state: power === null || power === undefined ? null : String(power),
      maintenance: maintenance === true || maintenance === 1,
      count: Number(count),
    }));
  }
}
