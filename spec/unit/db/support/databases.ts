/** Real databases for the tests: a fresh file for each, the same suite on every driver that is installed. */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigOverrides, defaultConfig } from "../../../../common/config/config.ts";
import { type Logger, silent } from "../../../../common/log.ts";
import type { NewNode } from "../../../../common/objects/node.ts";
import { openDatabase } from "../../../../db/connect.ts";
import type { Database, LockRequest, Stores } from "../../../../db/contract.ts";
import type { Connection } from "../../../../db/dialect/sqlite/connection.ts";
import { connect, type SqliteDriver } from "../../../../db/dialect/sqlite/drivers.ts";
import { type Row, rowsOf, type SqlValue } from "../../../../db/engine.ts";

const load = createRequire(import.meta.url);

export class TestDatabases {
  readonly driver: SqliteDriver;
  #folder: string | null = null;
  readonly #open: Database[] = [];
  readonly #raw: RawFile[] = [];

  constructor(driver: SqliteDriver) {
    this.driver = driver;
  }

  /** The file that `open` uses until `clear`. */
  async path(): Promise<string> {
    this.#folder ??= await mkdtemp(join(tmpdir(), "ferric-db-"));
    return join(this.#folder, "test.sqlite");
  }

  async open(options: { log?: Logger; overrides?: ConfigOverrides } = {}): Promise<Stores> {
    const database = await this.openDatabase(options);
    return database.stores;
  }

  async openDatabase(options: { log?: Logger; overrides?: ConfigOverrides } = {}): Promise<Database> {
    const connection = `sqlite://${await this.path()}`;
    const config = defaultConfig({
      ...options.overrides,
      database: { connection, sqlite_driver: this.driver, ...options.overrides?.database },
    });
    const database = await openDatabase(config, options.log ?? silent);
    this.#open.push(database);
    return database;
  }

  /** The file itself, beside the stores: by the same package, for two SQLites in one process do not see each other's locks. */
  async raw(): Promise<RawFile> {
    const raw = new RawFile(await connect(this.driver, await this.path()));
    this.#raw.push(raw);
    return raw;
  }

  async clear(): Promise<void> {
    for (const raw of this.#raw.splice(0)) await raw.close();
    await Promise.all(this.#open.splice(0).map((database) => database[Symbol.asyncDispose]()));
    if (this.#folder !== null) await rm(this.#folder, { recursive: true });
    this.#folder = null;
  }
}

/** A connection of its own, for looking into the file and for standing in its way. */
export class RawFile {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  rows(sql: string, ...bindings: readonly SqlValue[]): Promise<readonly Row[]> {
    return this.#connection.drive(rowsOf({ sql, bindings }));
  }

  async run(sql: string, ...bindings: readonly SqlValue[]): Promise<void> {
    await this.#connection.drive(rowsOf({ sql, bindings }));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

/** Runs `suite` for each driver; one whose package is not installed is shown as skipped. */
export function onEachDriver(title: string, suite: (databases: TestDatabases) => void): void {
  for (const driver of ["libsql", "better-sqlite3", "sqlite3"] as const) {
    describe(`${title} (${driver})`, () => {
      if (!isInstalled(driver)) {
        it.skip(`skipped: the optional package ${driver} is not installed`);
        return;
      }
      const databases = new TestDatabases(driver);
      afterEach(() => databases.clear());
      suite(databases);
    });
  }
}

function isInstalled(driver: SqliteDriver): boolean {
  try {
    load(driver);
    return true;
  } catch {
    return false;
  }
}

export function newNode(values: Partial<NewNode> = {}): NewNode {
  return { uuid: crypto.randomUUID(), driver: "fake-hardware", ...values };
}

export function lockRequest(values: Partial<LockRequest> = {}): LockRequest {
  return { host: "host-a", bootId: "boot-a", purpose: "test", ...values };
}
