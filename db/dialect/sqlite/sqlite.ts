/** SQLite: its dialect, and how one database file is opened: one writing connection with group commit, one reading. */
import { DatabaseOpenFailed, DatabaseUnavailable } from "../../../common/errors/database.ts";
import { FerricError, reasonOf } from "../../../common/errors/fault.ts";
import { type Engine, rowsOf, type Statement, type Unit, type Work } from "../../engine.ts";
import { type Dialect, type OpenedDialect, versionTriggerNames } from "../dialect.ts";
import type { Connection } from "./connection.ts";
import { connect, type SqliteDriver } from "./drivers.ts";
import { asUnavailable, isBusy, isMissingReference, isMissingTable, uniqueViolation } from "./errors.ts";
import { GroupCommit } from "./group-commit.ts";
import { createFile, MEMORY } from "./location.ts";

export const sqlite: Dialect = {
  kind: "SQLite",
  knexClient: "better-sqlite3",
  nowMs: "cast(round((julianday('now') - 2440587.5) * 86400000) as integer)",
  orderTerm: (quotedColumn, direction) => `${quotedColumn} ${direction}`,
  // group_concat keeps the order of a subquery (SQLite, "Omit ORDER BY": not for aggregates that show it).
  pairsAsText: (select, first, second) => `select group_concat(${first} || ',' || ${second}) from (${select})`,
  // Query planner: "MERGE (UNION)" of two index searches; for "or" it is "MULTI-INDEX OR" and a sort of all that is found.
  mergesUnions: true,
  // Units run one after the other.
  forChange: (query) => query,
  tellingId: (insert) => insert,
  sparseIndex: ({ table, column, isUnique }) => {
    const name = `${table}_${column}_${isUnique ? "unique" : "index"}`;
    return [
      `drop index ${name}`,
      `create ${isUnique ? "unique index" : "index"} ${name} on ${table} (${column}) where ${column} is not null`,
    ];
  },
  schema: (sql) => sql,
  schemaIsTransactional: true,
  isThereAlready: () => false,
  isMissingTable,
  versionTriggers,
  numberAfter: () => null,
  uniqueViolation,
  isMissingReference,
  serverVersion: "select sqlite_version()",
  durabilityDoubts,
};

/** A row's id is never given again (autoincrement), so id and number together name one state of one row. */
function versionTriggers(table: string, parts: Readonly<Record<string, string>>): readonly string[] {
  const raise = (id: string) => `update ${table} set row_version = row_version + 1 where id = ${id};`;
  const own = `create trigger ${versionTriggerNames(table).raise} after update on ${table} when new.row_version = old.row_version begin ${raise("new.id")} end`;
  const ofParts = Object.entries(parts).flatMap(([part, reference]) => [
    `create trigger ${part}_added after insert on ${part} begin ${raise(`new.${reference}`)} end`,
    `create trigger ${part}_removed after delete on ${part} begin ${raise(`old.${reference}`)} end`,
    `create trigger ${part}_changed after update on ${part} begin ${raise(`new.${reference}`)} end`,
  ]);
  return [own, ...ofParts];
}

/** As seen by a connection that reads: whether writing ones flush is what the configuration says. */
function* durabilityDoubts(): Work<readonly string[]> {
  const [row] = yield* rowsOf(command("pragma journal_mode"));
  return row?.[0] === "memory" ? ["The database lives in memory and ends with the process: name a file."] : [];
}

export interface SqliteOptions {
  /** Absolute, or `:memory:`. */
  readonly path: string;
  readonly driver: SqliteDriver;
  readonly synchronous: "FULL" | "NORMAL";
  readonly busyTimeoutMs: number;
}

/** A write that has to wait does so outside SQLite (see group-commit.ts); only very short waits are left to it. */
const WRITER_BUSY_MS = 10;

/** @throws DatabaseDriverMissing, DatabaseOpenFailed */
export async function openSqlite(options: SqliteOptions): Promise<OpenedDialect> {
  const memory = options.path === MEMORY;
  if (!memory) await createFile(options.path);
  try {
    const writer = await openConnection(options, false);
    // A memory database has one connection; there a read waits its turn between two groups.
    const reader = memory ? writer : await openConnection(options, true);
    return { dialect: sqlite, engine: new SqliteEngine(writer, reader, options.busyTimeoutMs) };
  } catch (error) {
    if (error instanceof FerricError) throw error;
    throw DatabaseOpenFailed({ path: options.path, reason: reasonOf(error) }, error);
  }
}

class SqliteEngine implements Engine {
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #group: GroupCommit;
  #closed: Promise<void> | null = null;

  constructor(writer: Connection, reader: Connection, busyTimeoutMs: number) {
    this.#writer = writer;
    this.#reader = reader;
    this.#group = new GroupCommit(writer, busyTimeoutMs);
  }

  read<T>(unit: Unit<T>): Promise<T> {
    return this.#read(unit());
  }

  snapshot<T>(unit: Unit<T>): Promise<T> {
    return this.#read(inOneMoment(unit()));
  }

  write<T>(unit: Unit<T>): Promise<T> {
    return this.#group.write(unit());
  }

  async scrub(): Promise<void> {
    await this.#writer.drive(vacuum());
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #read<T>(work: Work<T>): Promise<T> {
    if (this.#closed !== null) throw DatabaseUnavailable({ reason: "it has been closed" });
    try {
      return await this.#reader.drive(work);
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  async #close(): Promise<void> {
    await this.#group.drain();
    if (this.#reader !== this.#writer) await this.#reader.close();
    await this.#writer.drive(pragmas([["wal_checkpoint", "TRUNCATE"]])).catch(ignoreBusy);
    await this.#writer.close();
  }
}

async function openConnection(options: SqliteOptions, reading: boolean): Promise<Connection> {
  const connection = await connect(options.driver, options.path);
  const deadline = performance.now() + Math.max(options.busyTimeoutMs, 1000);
  for (;;) {
    try {
      await connection.drive(pragmas(settings(options, reading)));
      return connection;
    } catch (error) {
      // Two processes that start at once may both want to switch to WAL; SQLite refuses one without waiting.
      if (!isBusy(error) || performance.now() >= deadline) {
        await connection.close();
        throw error;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function settings(options: SqliteOptions, reading: boolean): readonly (readonly [string, string])[] {
  if (reading)
    return [
      ["busy_timeout", String(options.busyTimeoutMs)],
      ["query_only", "ON"],
    ];
  return [
    ["busy_timeout", String(WRITER_BUSY_MS)],
    ["journal_mode", "WAL"],
    ["synchronous", options.synchronous],
    ["foreign_keys", "ON"],
  ];
}

function* pragmas(settings: readonly (readonly [string, string])[]): Work<void> {
  for (const [name, value] of settings) yield command(`pragma ${name} = ${value}`);
}

function* vacuum(): Work<void> {
  yield command("vacuum");
  yield* pragmas([["wal_checkpoint", "TRUNCATE"]]);
}

function* inOneMoment<T>(work: Work<T>): Work<T> {
  yield command("begin");
  try {
    return yield* work;
  } finally {
    yield command("commit");
  }
}

function command(sql: string): Statement {
  return { sql, bindings: [] };
}

function ignoreBusy(error: unknown): void {
  if (!isBusy(error)) throw error;
}
