/** Brings a database to this program's schema. Processes that start at once take turns. */
import type { Knex } from "knex";
import { DatabaseTooNew } from "../common/errors/database.ts";
import type { Logger } from "../common/log.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { type Engine, type Outcome, rowsOf, type Statement, type Work } from "./engine.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { statementOf } from "./query/compile.ts";

const VERSIONS = "schema_migrations";
/** By hand: knex prints a warning for "if not exists", and asking first would leave a gap for another process. */
const CREATE_VERSIONS = `create table if not exists ${VERSIONS} (
  id integer primary key, name varchar(255) not null, applied_at varchar(32) not null)`;
/** How many statements of a migration are done, where a failing one does not take back those before it. */
const PROGRESS = "schema_progress";
const CREATE_PROGRESS = `create table if not exists ${PROGRESS} (id integer primary key, done integer not null)`;

export interface Schema {
  readonly engine: Engine;
  readonly dialect: Dialect;
  /** Builds SQL; it has no connection. */
  readonly sql: Knex;
}

export interface SchemaState {
  /** Migrations in the database, as "5 node-versions". */
  readonly applied: readonly string[];
  /** What this program would add. */
  readonly missing: readonly string[];
  /** What this program does not know: then it refuses the database. */
  readonly unknown: readonly string[];
}

type Named = Pick<Migration, "id" | "name">;

/** As SchemaState has it. */
export const label = ({ id, name }: Named): string => `${id} ${name}`;

/** After this program's own migrations. */
export const SCHEMA_NOW: readonly string[] = MIGRATIONS.map(label);

/** @throws DatabaseTooNew when the database knows migrations that this program does not; then nothing is changed */
export async function migrate(
  schema: Schema,
  log: Logger,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<readonly string[]> {
  const applied = await schema.engine.write(() => applyMissing(schema, migrations), { turn: "schema" });
  for (const name of applied) log.info({ migration: name }, "database migrated");
  return applied;
}

/** Reads only, also from a database that has no table yet. */
export async function schemaState(schema: Schema, migrations: readonly Migration[] = MIGRATIONS): Promise<SchemaState> {
  const found = await schema.engine.read(() => versionsIfAny(schema));
  return {
    applied: found.map(label),
    missing: missingOf(found, migrations).map(label),
    unknown: unknownOf(found, migrations).map(label),
  };
}

/** The statements that `migrate` would run now, as text. */
export async function pendingSql(
  schema: Schema,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<readonly string[]> {
  const { missing } = await schemaState(schema, migrations);
  return migrations.filter((migration) => missing.includes(label(migration))).flatMap((m) => statementsOf(schema, m));
}

function* applyMissing(schema: Schema, migrations: readonly Migration[]): Work<readonly string[]> {
  const { sql, dialect } = schema;
  yield { sql: dialect.schema(CREATE_VERSIONS), bindings: [] };
  if (!dialect.schemaIsTransactional) yield { sql: dialect.schema(CREATE_PROGRESS), bindings: [] };
  const found = yield* versions(sql);
  const last = migrations.at(-1);
  const [unknown] = unknownOf(found, migrations);
  if (unknown !== undefined)
    throw DatabaseTooNew({ found: label(unknown), known: last === undefined ? "none" : label(last) });
  const missing = missingOf(found, migrations);
  for (const migration of missing) {
    const { id, name } = migration;
    const work = translated(migration.up(sql, dialect), dialect);
    yield* dialect.schemaIsTransactional ? work : noted(id, work, schema);
    yield statementOf(sql(VERSIONS).insert({ id, name, applied_at: new Date().toISOString() }));
  }
  return missing.map(label);
}

/**
 * Goes on behind the statements that an attempt before has done. The last of them may be done without being noted: then
 * it fails as one that is there already, and counts as done.
 */
function* noted(id: number, work: Work<void>, { sql, dialect }: Schema): Work<void> {
  const [row] = yield* rowsOf(statementOf(sql(PROGRESS).select("done").where({ id })));
  const before = row === undefined ? 0 : Number(row[0]);
  if (row === undefined) yield statementOf(sql(PROGRESS).insert({ id, done: 0 }));
  let done = 0;
  for (let turn = work.next(); !turn.done; done += 1) {
    if (done < before) {
      turn = work.next(NOTHING);
      continue;
    }
    let outcome: Outcome;
    try {
      outcome = yield turn.value;
    } catch (error) {
      if (done !== before || !dialect.isThereAlready(error)) throw error;
      outcome = NOTHING;
    }
    yield statementOf(
      sql(PROGRESS)
        .update({ done: done + 1 })
        .where({ id }),
    );
    turn = work.next(outcome);
  }
}

const NOTHING: Outcome = { rows: [], changes: 0 };

function* translated(work: Work<void>, dialect: Dialect): Work<void> {
  for (let turn = work.next(); !turn.done; ) {
    const { sql, bindings } = turn.value;
    turn = work.next(yield { sql: dialect.schema(sql), bindings });
  }
}

function statementsOf({ sql, dialect }: Schema, migration: Migration): readonly string[] {
  const work = translated(migration.up(sql, dialect), dialect);
  const statements: Statement[] = [];
  for (let turn = work.next(); !turn.done; turn = work.next(NOTHING)) statements.push(turn.value);
  return [`-- ${label(migration)}`, ...statements.map((statement) => `${statement.sql};`)];
}

function* versions(sql: Knex): Work<readonly Named[]> {
  const rows = yield* rowsOf(statementOf(sql(VERSIONS).select("id", "name").orderBy("id")));
  return rows.map(([id, name]) => ({ id: Number(id), name: String(name) }));
}

function* versionsIfAny({ sql, dialect }: Schema): Work<readonly Named[]> {
  try {
    return yield* versions(sql);
  } catch (error) {
    if (dialect.isMissingTable(error)) return [];
    throw error;
  }
}

function missingOf(found: readonly Named[], known: readonly Migration[]): readonly Migration[] {
  return known.filter(({ id }) => !found.some((migration) => migration.id === id));
}

function unknownOf(found: readonly Named[], known: readonly Migration[]): readonly Named[] {
  return found.filter(({ id }) => !known.some((migration) => migration.id === id));
}
