/** The mark of a restore or an import under way, and what must hold before one begins. */
import { DatabaseInUse, DatabaseNotEmpty } from "../../common/errors/backup.ts";
import { rowsOf, type Work } from "../engine.ts";
import type { Schema } from "../migrate.ts";
import { statementOf } from "../query/compile.ts";
import type { TableLayout } from "./layout.ts";

export interface Filling {
  /** See RestoreMark. */
  readonly origin: string;
  readonly as_of: string;
}

/** A conductor that was heard of within so many seconds is alive. */
const ALIVE_SECONDS = 60;

/** Reads only. @throws DatabaseNotEmpty, DatabaseInUse */
export function* requireUnused(schema: Schema, tables: readonly TableLayout[], known: boolean): Work<void> {
  if (!known) return;
  const { sql, dialect } = schema;
  const beaten = `beat_ms > ${dialect.nowMs} - ${ALIVE_SECONDS * 1000}`;
  const alive = yield* rowsOf(
    statementOf(sql("conductors").select("hostname").whereRaw(beaten).where({ online: true })),
  );
  if (alive.length > 0) throw DatabaseInUse({ hosts: alive.map(([host]) => String(host)).join(", ") });
  for (const { name } of tables) {
    const [row] = yield* rowsOf(statementOf(sql(name).count("*")));
    const rows = Number(row?.[0]);
    if (rows > 0) throw DatabaseNotEmpty({ table: name, rows });
  }
}

/** From here on the service refuses to act by this database. */
export function* markBegun({ sql }: Schema, { origin, as_of }: Filling): Work<void> {
  const restored_at = new Date().toISOString();
  yield statementOf(sql("restores").delete());
  yield statementOf(sql("restores").insert({ id: 1, origin, as_of, restored_at, complete: false }));
}

export function* markComplete({ sql, dialect }: Schema, tables: readonly TableLayout[]): Work<void> {
  for (const { name, numbered } of tables) {
    const statement = numbered ? dialect.numberAfter(name) : null;
    if (statement !== null) yield { sql: statement, bindings: [] };
  }
  // Keys that were meant for this database before: what is in it now tells which it needs.
  yield statementOf(sql("secret_keys").delete());
  yield statementOf(sql("restores").update({ complete: true }));
}
