/** Everything in which databases differ, besides connecting. Nothing outside db/dialect/ may depend on one of them. */
import type { Knex } from "knex";
import type { Engine, Work } from "../engine.ts";

export interface UniqueViolation {
  readonly table: string;
  readonly column: string;
}

export interface IndexedColumn {
  readonly table: string;
  readonly column: string;
  readonly isUnique: boolean;
}

/** By the table referred to: its key, and the column of the referring table that follows it. */
export type Cascades = Readonly<Record<string, { readonly key: string; readonly reference: string }>>;

export interface Dialect {
  /** Its name for operators. */
  readonly kind: string;
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
  /** Whether ordered parts of a union are merged as they are read, and not gathered and sorted first. */
  readonly mergesUnions?: true;
  /** Makes a query lock the rows it finds until the unit's end: for rows that are read to be changed. */
  forChange(query: Knex.QueryBuilder): Knex.QueryBuilder;
  /** An insert of one row whose outcome tells the row's number. */
  tellingId(insert: Knex.QueryBuilder): Knex.QueryBuilder;
  /**
   * Statements that have an index hold only the rows with a value in its column: where a null costs a page of the index
   * with each new row. Indexes are named `<table>_<column>_index` or `_unique`.
   */
  sparseIndex?(index: IndexedColumn): readonly string[];
  /** A statement of a migration as this database wants it: types, collation. */
  schema(sql: string): string;
  /** Whether changes of the schema are rolled back with their unit; where not, each is noted when it is done. */
  readonly schemaIsTransactional: boolean;
  /** For those: the table, column, index or trigger that a statement makes is there. */
  isThereAlready(error: unknown): boolean;
  /** Whether a query failed because its table is not there. */
  isMissingTable(error: unknown): boolean;
  /**
   * Statements after which `row_version` of `table` rises with each change of a row, and of rows of `parts` (a table's
   * name and its column that holds the row's id), and of what references to other tables cascade.
   */
  versionTriggers(table: string, parts: Readonly<Record<string, string>>, cascades?: Cascades): readonly string[];
  /** Statement after which new rows of `table` get numbers above those in it; null where the database sees to that. */
  numberAfter(table: string): string | null;
  /** The unique column that a statement ran into. Unique indexes are named `<table>_<column>_unique`. */
  uniqueViolation(error: unknown): UniqueViolation | null;
  /** Whether a statement named a row of another table that does not exist. */
  isMissingReference(error: unknown): boolean;
  /** Query of one value. */
  readonly serverVersion: string;
  /** Reasons why an acknowledged change might not survive a power cut, each with its remedy. */
  durabilityDoubts(): Work<readonly string[]>;
}

/** Names of the triggers of `Dialect.versionTriggers`. */
export function versionTriggerNames(table: string): { readonly raise: string; readonly changed: string } {
  return { raise: `${table}_row_version`, changed: `${table}_changed` };
}

export interface OpenedDialect {
  readonly dialect: Dialect;
  readonly engine: Engine;
}
