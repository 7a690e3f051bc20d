/** Brings a database to this program's schema. Two processes that start at once take turns: it is one write unit. */
import type { Knex } from "knex";
import { DatabaseTooNew } from "../common/errors/database.ts";
import type { Logger } from "../common/log.ts";
import { type Engine, rowsOf, type Work } from "./engine.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/migration.ts";
import { statementOf } from "./query/compile.ts";

const VERSIONS = "schema_migrations";
/** By hand: knex prints a warning for "if not exists", and asking first would leave a gap for another process. */
const CREATE_VERSIONS = `create table if not exists ${VERSIONS} (
  id integer primary key, name varchar(255) not null, applied_at varchar(32) not null)`;

/** @throws DatabaseTooNew when the database knows migrations that this program does not; then nothing is changed */
export async function migrate(
  engine: Engine,
  sql: Knex,
  log: Logger,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const applied = await engine.write(() => applyMissing(sql, migrations));
  for (const name of applied) log.info({ migration: name }, "database migrated");
}

function* applyMissing(sql: Knex, migrations: readonly Migration[]): Work<readonly string[]> {
  yield statementOf(sql.raw(CREATE_VERSIONS));
  const rows = yield* rowsOf(statementOf(sql(VERSIONS).select("id", "name").orderBy("id")));
  const done = new Set(rows.map(([id]) => Number(id)));
  refuseNewer(
    rows.map(([id, name]) => ({ id: Number(id), name: String(name) })),
    migrations,
  );
  const missing = migrations.filter((migration) => !done.has(migration.id));
  for (const { id, name, up } of missing) {
    yield* up(sql);
    yield statementOf(sql(VERSIONS).insert({ id, name, applied_at: new Date().toISOString() }));
  }
  return missing.map(({ id, name }) => `${id} ${name}`);
}

function refuseNewer(found: readonly Pick<Migration, "id" | "name">[], known: readonly Migration[]): void {
  const unknown = found.find(({ id }) => !known.some((migration) => migration.id === id));
  const last = known.at(-1);
  if (unknown !== undefined)
    throw DatabaseTooNew({ found: `${unknown.id} ${unknown.name}`, known: last ? `${last.id} ${last.name}` : "none" });
}
