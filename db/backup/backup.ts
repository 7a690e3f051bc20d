/** Copies all records to a file, as they are at one moment, while the service goes on. */
import { rmSync } from "node:fs";
import { NothingToBackUp } from "../../common/errors/backup.ts";
import { DatabaseTooNew } from "../../common/errors/database.ts";
import { type Row, rowsOf, type SqlValue, type Work } from "../engine.ts";
import { type Schema, schemaState } from "../migrate.ts";
import { MIGRATIONS } from "../migrations/index.ts";
import { statementOf } from "../query/compile.ts";
import { BackupWriter, type EndLine, FORMAT, type Header } from "./format.ts";
import { type ColumnLayout, layoutOf, type TableLayout } from "./layout.ts";

/** Rows of one query. */
const PAGE = 100;

export interface BackupReport {
  readonly made_at: string;
  readonly rows: EndLine["rows"];
}

/** @throws NothingToBackUp, DatabaseTooNew, Error when `file` is there or cannot be written; then nothing is left of it */
export async function backUp(schema: Schema, file: string): Promise<BackupReport> {
  const { applied, unknown } = await schemaState(schema);
  const [stranger] = unknown;
  if (stranger !== undefined) throw DatabaseTooNew({ found: stranger, known: String(MIGRATIONS.at(-1)?.id) });
  if (applied.length === 0) throw NothingToBackUp({});
  const tables = await layoutOf(applied);
  const header: Header = {
    ferric_backup: FORMAT,
    made_at: new Date().toISOString(),
    schema: applied,
    database: schema.dialect.kind,
  };
  using writer = new BackupWriter(file);
  try {
    const rows = await schema.engine.snapshot(() => copy(schema, tables, header, writer));
    return { made_at: header.made_at, rows };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

function* copy(
  schema: Schema,
  tables: readonly TableLayout[],
  header: Header,
  writer: BackupWriter,
): Work<EndLine["rows"]> {
  const counts: Record<string, number> = {};
  writer.restart();
  writer.line({ header });
  for (const table of tables) {
    writer.line({ table: table.name, columns: table.columns.map(({ name }) => name) });
    counts[table.name] = yield* copyTable(schema, table, writer);
  }
  writer.end(counts);
  return counts;
}

function* copyTable(schema: Schema, table: TableLayout, writer: BackupWriter): Work<number> {
  const places = table.key.map((name) => table.columns.findIndex((column) => column.name === name));
  let count = 0;
  for (let last: readonly SqlValue[] | null = null; ; ) {
    const page: readonly Row[] = yield* rowsOf(pageOf(schema, table, last));
    for (const row of page) writer.line(table.columns.map((column, index) => portable(column, row[index] ?? null)));
    count += page.length;
    const end = page.at(-1);
    if (end === undefined || page.length < PAGE) return count;
    last = places.map((place) => end[place] ?? null);
  }
}

/** The rows behind the one whose key is `last`. */
function pageOf({ sql }: Schema, table: TableLayout, last: readonly SqlValue[] | null) {
  const query = sql(table.name)
    .select(table.columns.map(({ name }) => name))
    .limit(PAGE);
  for (const name of table.key) query.orderBy(name);
  if (last !== null)
    query.where((either) => {
      for (const [index, name] of table.key.entries())
        either.orWhere((place) => {
          for (const [before, other] of table.key.slice(0, index).entries()) place.where(other, last[before] ?? null);
          place.where(name, ">", last[index] ?? null);
        });
    });
  return statementOf(query);
}

/** The same on every database. */
function portable({ type }: ColumnLayout, value: SqlValue): SqlValue {
  if (value === null || type === "text") return value;
  return type === "boolean" ? value === true || Number(value) === 1 : Number(value);
}
