/**
 * What tables a schema level has, told by the migrations themselves: they are run on an empty SQLite in memory, which is
 * then asked. So a new migration needs no line here.
 */
import knex from "knex";
import { defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { openDialect } from "../dialect/open.ts";
import { rowsOf, type Work } from "../engine.ts";
import { label, migrate } from "../migrate.ts";
import { MIGRATIONS } from "../migrations/index.ts";

export type ColumnType = "number" | "boolean" | "text";

export interface ColumnLayout {
  readonly name: string;
  readonly type: ColumnType;
}

export interface TableLayout {
  readonly name: string;
  readonly columns: readonly ColumnLayout[];
  /** The primary key, which orders the rows. */
  readonly key: readonly string[];
  /** Whether the database numbers new rows by itself, in the column id. */
  readonly numbered: boolean;
}

/** Belongs to one database or to the processes of one moment, and would be wrong in another. */
export const NOT_CARRIED: ReadonlySet<string> = new Set([
  "schema_migrations",
  "schema_progress",
  "restores",
  "conductors",
  "conductor_interfaces",
  "calls",
  "secret_keys",
]);
/** Kept by triggers; it tells nothing but that a row has changed. */
const NOT_CARRIED_COLUMNS: ReadonlySet<string> = new Set(["row_version"]);

/** The carried tables after `applied` (migrations as schemaState tells them), those that others refer to first. */
export async function layoutOf(applied: readonly string[]): Promise<readonly TableLayout[]> {
  const { dialect, engine } = await openDialect(defaultConfig({ database: { connection: "sqlite://" } }), silent);
  try {
    const schema = { dialect, engine, sql: knex({ client: dialect.knexClient, useNullAsDefault: true }) };
    await migrate(
      schema,
      silent,
      MIGRATIONS.filter((migration) => applied.includes(label(migration))),
    );
    return await engine.read(() => tables());
  } finally {
    await engine.close();
  }
}

interface Found {
  readonly table: TableLayout;
  readonly refersTo: readonly string[];
}

function* tables(): Work<readonly TableLayout[]> {
  const names = yield* query("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'");
  const found: Found[] = [];
  for (const [name] of names) if (!NOT_CARRIED.has(String(name))) found.push(yield* describe(String(name)));
  return parentsFirst(found);
}

function* describe(name: string): Work<Found> {
  const info = yield* query(`select name, type, pk from pragma_table_info('${name}')`);
  const references = yield* query(`select "table" from pragma_foreign_key_list('${name}')`);
  const [made] = yield* query(`select sql from sqlite_master where type = 'table' and name = '${name}'`);
  const columns = info
    .filter(([column]) => !NOT_CARRIED_COLUMNS.has(String(column)))
    .map(([column, type]) => ({ name: String(column), type: typeOf(String(type)) }));
  const key = info.filter(([, , pk]) => Number(pk) > 0).sort((a, b) => Number(a[2]) - Number(b[2]));
  return {
    table: {
      name,
      columns,
      key: key.map(([column]) => String(column)),
      numbered: /autoincrement/i.test(String(made?.[0])),
    },
    refersTo: references.map(([table]) => String(table)),
  };
}

function typeOf(declared: string): ColumnType {
  if (/^bool/i.test(declared)) return "boolean";
  return /int/i.test(declared) ? "number" : "text";
}

function parentsFirst(found: readonly Found[]): readonly TableLayout[] {
  const ordered: TableLayout[] = [];
  const left = new Map(found.map((one) => [one.table.name, one]));
  while (left.size > 0) {
    const free = [...left.values()].filter(({ table, refersTo }) =>
      refersTo.every((name) => name === table.name || !left.has(name)),
    );
    if (free.length === 0) throw new Error(`the tables ${[...left.keys()].join(", ")} refer to each other in a ring`);
    for (const { table } of free) {
      ordered.push(table);
      left.delete(table.name);
    }
  }
  return ordered;
}

function query(sql: string) {
  return rowsOf({ sql, bindings: [] });
}
