/** Writes rows of any table as they are, many in a statement. */
import type { Statement, Work } from "../engine.ts";
import type { Schema } from "../migrate.ts";
import { statementOf } from "../query/compile.ts";
import type { BackupRow } from "./read.ts";

/** Values and rows of one statement: within what every database takes (SQLite: 500 rows, as knex writes them). */
const VALUES = 2000;
const ROWS = 250;

/** Rows of one table that follow each other share its TableLine. */
export function* insertRows(schema: Schema, rows: readonly BackupRow[]): Work<void> {
  for (let from = 0; from < rows.length; ) {
    const table = rows[from]?.table;
    const most = Math.min(ROWS, Math.max(1, Math.floor(VALUES / (table?.columns.length ?? 1))));
    let to = from + 1;
    while (to < rows.length && to - from < most && rows[to]?.table === table) to += 1;
    yield insertOf(schema, rows.slice(from, to));
    from = to;
  }
}

function insertOf({ sql }: Schema, rows: readonly BackupRow[]): Statement {
  const name = rows[0]?.table.table ?? "";
  const records = rows.map(({ table, values }) =>
    Object.fromEntries(table.columns.map((column, index) => [column, values[index] ?? null])),
  );
  return statementOf(sql(name).insert(records));
}
