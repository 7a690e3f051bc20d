/** Real databases for the tests: a fresh one for each, the same suite on every database that is installed. */
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigOverrides, defaultConfig } from "../../../../common/config/config.ts";
import { type Logger, silent } from "../../../../common/log.ts";
import type { NewNode } from "../../../../common/objects/node.ts";
import { openDatabase, openSchema } from "../../../../db/connect.ts";
import type { Database, LockRequest, Stores } from "../../../../db/contract.ts";
import type { SqliteDriver } from "../../../../db/dialect/sqlite/drivers.ts";
import type { Schema } from "../../../../db/migrate.ts";
import {
  borrowDatabase,
  describeOn,
  isWanted,
  LEFT_OUT,
  returnDatabase,
  SERVER_KINDS,
  type ServerKind,
  serverOf,
} from "../../../support/database-servers.ts";
import { TEST_SECRETS } from "../../../support/test-secrets.ts";
import { RawFile, RawServer } from "./raw.ts";

export type { RawDatabase } from "./raw.ts";

const load = createRequire(import.meta.url);

/** Databases of one kind, made when they are asked for and gone after the test. */
export class TestDatabases<K extends SqliteDriver | ServerKind = SqliteDriver | ServerKind> {
  readonly kind: K;
  readonly #isFresh: boolean;
  #folder: string | null = null;
  #connection: string | null = null;
  readonly #open: AsyncDisposable[] = [];

  /** `isFresh`: a database that nothing was ever in, its schema neither. */
  constructor(kind: K, isFresh: boolean) {
    this.kind = kind;
    this.#isFresh = isFresh;
  }

  /** What [database]connection is until `clear`. */
  async connection(): Promise<string> {
    if (!isServer(this.kind)) return `sqlite://${await this.path()}`;
    this.#connection ??= this.#isFresh ? await (await serverOf(this.kind)).create() : await borrowDatabase(this.kind);
    return this.#connection;
  }

  /** The file of an SQLite database. */
  async path(): Promise<string> {
    this.#folder ??= await mkdtemp(join(tmpdir(), "ferric-db-"));
    return join(this.#folder, "test.sqlite");
  }

  async open(options: { log?: Logger; overrides?: ConfigOverrides } = {}): Promise<Stores> {
    const database = await this.openDatabase(options);
    return database.stores;
  }

  async openDatabase(options: { log?: Logger; overrides?: ConfigOverrides } = {}): Promise<Database> {
    const database = await openDatabase(await this.config(options.overrides), options.log ?? silent);
    this.#open.push(database);
    return database;
  }

  /** Its engine, without stores and not migrated. */
  async openSchema(overrides: ConfigOverrides = {}): Promise<Schema> {
    const schema = await openSchema(await this.config(overrides), silent);
    this.#open.push({ [Symbol.asyncDispose]: () => schema.engine.close() });
    return schema;
  }

  /** The database itself, beside the stores. */
  async raw() {
    // A file by the same package: two SQLites in one process do not see each other's locks.
    const raw = isServer(this.kind)
      ? new RawServer(await openSchema(await this.config(), silent))
      : await RawFile.open(this.kind as SqliteDriver, await this.path());
    this.#open.push({ [Symbol.asyncDispose]: () => raw.close() });
    return raw;
  }

  async clear(): Promise<void> {
    for (const opened of this.#open.splice(0).reverse()) await opened[Symbol.asyncDispose]();
    if (isServer(this.kind) && this.#connection !== null)
      if (this.#isFresh) await (await serverOf(this.kind)).drop(this.#connection);
      else await returnDatabase(this.kind, this.#connection);
    if (this.#folder !== null) await rm(this.#folder, { recursive: true });
    this.#connection = null;
    this.#folder = null;
  }

  /** What databases are opened with. */
  async config(overrides: ConfigOverrides = {}) {
    const connection = await this.connection();
    const driver = isServer(this.kind) ? {} : { sqlite_driver: this.kind as SqliteDriver };
    return defaultConfig({
      secrets: TEST_SECRETS,
      ...overrides,
      database: { connection, ...driver, ...overrides.database },
    });
  }
}

export function isServer(kind: SqliteDriver | ServerKind): kind is ServerKind {
  return SERVER_KINDS.some((known) => known === kind);
}

const SQLITE_DRIVERS = ["libsql", "better-sqlite3", "sqlite3"] as const;

type Suite<K extends SqliteDriver | ServerKind> = (databases: TestDatabases<K>) => void;

interface SuiteOptions {
  /** For tests that change the schema. */
  readonly fresh?: boolean;
}

/** Runs `suite` for each driver of SQLite and each server; one that is not installed is shown as skipped. */
export function onEachDatabase(title: string, suite: (databases: TestDatabases) => void, options?: SuiteOptions): void {
  onEachSqlite(title, suite, options);
  onEachServer(title, suite, options);
}

export function onEachServer(title: string, suite: Suite<ServerKind>, options?: SuiteOptions): void {
  for (const kind of SERVER_KINDS) describeOn(kind, title, () => withDatabases(kind, suite, options));
}

export function onEachSqlite(title: string, suite: Suite<SqliteDriver>, options?: SuiteOptions): void {
  for (const driver of SQLITE_DRIVERS)
    describe(`${title} (${driver})`, () => {
      const absent = isInstalled(driver) ? null : `the optional package ${driver} is not installed`;
      const reason = isWanted("sqlite") ? absent : LEFT_OUT;
      if (reason === null) withDatabases(driver, suite, options);
      else it.skip(`skipped: ${reason}`);
    });
}

function withDatabases<K extends SqliteDriver | ServerKind>(
  kind: K,
  suite: Suite<K>,
  options: SuiteOptions = {},
): void {
  const databases = new TestDatabases(kind, options.fresh === true);
  afterEach(() => databases.clear());
  suite(databases);
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
