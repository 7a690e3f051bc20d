/** The packages that speak to SQLite. libsql comes with ferric; the others are loaded when they are configured. */
import { createRequire } from "node:module";
import { DatabaseDriverMissing } from "../../../common/errors/database.ts";
import { reasonOf } from "../../../common/errors/fault.ts";
import { AsyncConnection, type AsyncDriver } from "./async-connection.ts";
import type { Connection } from "./connection.ts";
import { SyncConnection, type SyncDriver } from "./sync-connection.ts";

export type SqliteDriver = "libsql" | "better-sqlite3" | "sqlite3";

/** Versions that the test suite runs on. better-sqlite3 13 asks for a newer Node than ferric does. */
const VERSIONS: Readonly<Record<SqliteDriver, string>> = {
  libsql: "0.5.29",
  "better-sqlite3": "12.6.2",
  sqlite3: "6.0.1",
};

// Required and not imported: an optional package need not be there, not even for the type checker.
const load = createRequire(import.meta.url);

/** @throws DatabaseDriverMissing when the package is not installed or does not fit this machine */
export async function connect(driver: SqliteDriver, path: string): Promise<Connection> {
  if (driver === "sqlite3") return AsyncConnection.open(loadDriver<AsyncDriver>(driver), path);
  const Database = loadDriver<SyncDriver>(driver);
  return new SyncConnection(new Database(path));
}

function loadDriver<D>(driver: SqliteDriver): D {
  try {
    return load(driver) as D;
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "MODULE_NOT_FOUND";
    const reason = missing ? "it is not installed" : (reasonOf(error).split("\n")[0] ?? "");
    throw DatabaseDriverMissing({ driver, version: VERSIONS[driver], reason }, error);
  }
}
