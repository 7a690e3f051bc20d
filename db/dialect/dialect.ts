/** Everything in which databases differ, besides connecting. Nothing outside db/dialect/ may depend on one of them. */
import type { Engine } from "../engine.ts";

export interface UniqueViolation {
  readonly table: string;
  readonly column: string;
}

export interface Dialect {
  /** knex's name of the dialect whose SQL it builds. */
  readonly knexClient: string;
  /** Expression: milliseconds since 1970 by the database's own clock, a whole number. */
  readonly nowMs: string;
  /** `order by` term: nulls first when ascending, last when descending, whatever the database does by itself. */
  orderTerm(quotedColumn: string, direction: "asc" | "desc"): string;
  /**
   * `select`, whose two columns are whole numbers, as a statement with one text: all of them in the order of the rows,
   * with commas between. For drivers to which a row costs much more than its values.
   */
  pairsAsText?(select: string, first: string, second: string): string;
  /** The unique column that a statement ran into. Unique indexes are named `<table>_<column>_unique`. */
  uniqueViolation(error: unknown): UniqueViolation | null;
  /** Whether a statement named a row of another table that does not exist. */
  isMissingReference(error: unknown): boolean;
}

export interface OpenedDialect {
  readonly dialect: Dialect;
  readonly engine: Engine;
}
