/** What SQLite's errors mean. All three packages give the code's name in `code`; sqlite3 gives the primary one only. */
import { DatabaseUnavailable } from "../../../common/errors/database.ts";
import type { UniqueViolation } from "../dialect.ts";

/** Conditions of the machine, not of the request: the request may succeed later. */
const UNAVAILABLE: readonly (readonly [string, string])[] = [
  ["SQLITE_BUSY", "another process holds its lock"],
  ["SQLITE_LOCKED", "another process holds its lock"],
  ["SQLITE_FULL", "its disk is full"],
  ["SQLITE_IOERR", "its disk reports an error"],
  ["SQLITE_READONLY", "its file cannot be written"],
  ["SQLITE_NOMEM", "memory is short"],
];

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
}

export function isBusy(error: unknown): boolean {
  const code = codeOf(error);
  return code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED");
}

/** DatabaseUnavailable for a condition of the machine; any other error as it is. */
export function asUnavailable(error: unknown): unknown {
  const code = codeOf(error);
  const reason = UNAVAILABLE.find(([prefix]) => code.startsWith(prefix))?.[1];
  return reason === undefined ? error : DatabaseUnavailable({ reason }, error);
}

export function uniqueViolation(error: unknown): UniqueViolation | null {
  if (!codeOf(error).startsWith("SQLITE_CONSTRAINT") || !(error instanceof Error)) return null;
  const found = /UNIQUE constraint failed: (\w+)\.(\w+)/.exec(error.message);
  const [, table, column] = found ?? [];
  return table === undefined || column === undefined ? null : { table, column };
}

export function isMissingReference(error: unknown): boolean {
  return (
    codeOf(error).startsWith("SQLITE_CONSTRAINT") &&
    error instanceof Error &&
    error.message.includes("FOREIGN KEY constraint failed")
  );
}

export function isMissingTable(error: unknown): boolean {
  return codeOf(error).startsWith("SQLITE_ERROR") && error instanceof Error && error.message.includes("no such table");
}
