/**
 * Reads an Ironic database, MariaDB's or SQLite's, by the names of its columns as the database tells them. Nothing in it
 * is changed: a file is copied first, since opening it would already switch its journal.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../common/config/config.ts";
import { IronicDatabaseUnusable } from "../../common/errors/backup.ts";
import type { Logger } from "../../common/log.ts";
import { openSchema } from "../connect.ts";
import { MEMORY, sqlitePath } from "../dialect/sqlite/location.ts";
import { type Row, rowsOf, type SqlValue, type Work } from "../engine.ts";
import type { Schema } from "../migrate.ts";
import { statementOf } from "../query/compile.ts";

/** By column. */
export type SourceRow = Readonly<Record<string, SqlValue>>;
/** By table; in the order of their ids, where they have any. */
export type SourceTables = ReadonlyMap<string, readonly SourceRow[]>;

const PAGE = 200;
const TIMES = /^(datetime|timestamp|date)/i;

/** All records as they are at one moment. @throws IronicDatabaseUnusable, DatabaseUnreachable */
export async function readIronic(connection: string, log: Logger): Promise<SourceTables> {
  using copy = copyOf(connection);
  const config = defaultConfig({ database: { connection: copy.connection, max_retries: 0 } });
  const schema = await openSchema(config, log);
  try {
    const tables = await schema.engine.snapshot(() => readAll(schema));
    if (!tables.has("alembic_version") || !tables.has("nodes"))
      throw IronicDatabaseUnusable({ reason: "it has no tables of Ironic's" });
    return tables;
  } finally {
    await schema.engine.close();
  }
}

function copyOf(connection: string): Disposable & { readonly connection: string } {
  if (!connection.startsWith("sqlite:")) return { connection, [Symbol.dispose]: () => {} };
  const path = sqlitePath(connection, "/");
  if (path === MEMORY || !existsSync(path)) throw IronicDatabaseUnusable({ reason: `there is no file ${path}` });
  const folder = mkdtempSync(join(tmpdir(), "ferric-import-"));
  for (const ending of ["", "-wal"])
    if (existsSync(path + ending)) copyFileSync(path + ending, join(folder, `ironic.sqlite${ending}`));
  return {
    connection: `sqlite://${join(folder, "ironic.sqlite")}`,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

interface Column {
  readonly name: string;
  readonly isTime: boolean;
}

function* readAll(schema: Schema): Work<SourceTables> {
  const tables = new Map<string, readonly SourceRow[]>();
  for (const [name, columns] of yield* columnsOf(schema)) tables.set(name, yield* readTable(schema, name, columns));
  return tables;
}

function* columnsOf({ dialect, sql }: Schema): Work<ReadonlyMap<string, readonly Column[]>> {
  const query =
    dialect.kind === "SQLite"
      ? sql.raw(
          "select m.name, c.name, c.type from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and m.name not like 'sqlite_%' order by m.name, c.cid",
        )
      : sql.raw(
          "select table_name, column_name, data_type from information_schema.columns where table_schema = database() order by table_name, ordinal_position",
        );
  const found = new Map<string, Column[]>();
  for (const [table, name, type] of yield* rowsOf(statementOf(query))) {
    const columns = found.get(String(table)) ?? [];
    columns.push({ name: String(name), isTime: TIMES.test(String(type)) });
    found.set(String(table), columns);
  }
  return found;
}

function* readTable({ sql }: Schema, table: string, columns: readonly Column[]): Work<readonly SourceRow[]> {
  const rows: SourceRow[] = [];
  // The driver would make dates of times, and lose their fractions.
  const wanted = columns.map(({ name, isTime }) => (isTime ? sql.raw("cast(?? as char)", [name]) : sql.ref(name)));
  const order = columns.slice(0, 2).map(({ name }) => ({ column: name }));
  for (;;) {
    const query = sql(table).select(wanted).orderBy(order).limit(PAGE).offset(rows.length);
    const page: readonly Row[] = yield* rowsOf(statementOf(query));
    for (const row of page) rows.push(Object.fromEntries(columns.map(({ name }, index) => [name, row[index] ?? null])));
    if (page.length < PAGE) return rows;
  }
}
