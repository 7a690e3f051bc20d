/** What PostgreSQL's errors mean, by SQLSTATE (manual, appendix A). */
import { DatabaseRightMissing, DatabaseValueRefused } from "../../../common/errors/database.ts";
import type { UniqueViolation } from "../dialect.ts";
import { ConnectionLost, type Failure, StatementTimeout } from "../server/session.ts";

interface PostgresError extends Error {
  readonly code: string;
  readonly table?: string;
  readonly constraint?: string;
}

function isPostgresError(error: unknown): error is PostgresError {
  // What the server says has a severity; errors of the socket have a code too.
  return error instanceof Error && "severity" in error && "code" in error && typeof error.code === "string";
}

/** deadlock, serialization failure, lock_timeout: another unit had the rows. */
const CONFLICTS: ReadonlySet<string> = new Set(["40P01", "40001", "55P03"]);

/** By the beginning of the SQLSTATE. */
const UNAVAILABLE: readonly (readonly [string, string])[] = [
  ["57014", "a statement took too long"],
  ["53100", "its disk is full"],
  ["53", "it is short of resources"],
  ["58", "its disk reports an error"],
];

/** Shutdown, idle connections ended, a server that has become a standby: another connection may be better. */
const LOST: readonly string[] = ["08", "57P", "25006", "25P03"];

const REFUSED: readonly (readonly [string, string])[] = [
  ["22001", "a text is longer than its column"],
  ["22003", "a number is out of the range of its column"],
  ["22021", "a text has a character that cannot be stored"],
  ["22P02", "a value is not of the type of its column"],
  ["22P05", "a text has a character that cannot be stored"],
  ["54000", "a value is longer than an index can take"],
];

/** Since PostgreSQL 15 nobody but its owner may make tables in the schema public. */
const GRANT = "make it the owner of the database, or grant it all on the schema public";

export function failure(error: unknown): Failure | null {
  if (error instanceof ConnectionLost) return { kind: "lost", reason: "the connection to it broke" };
  if (error instanceof StatementTimeout) return { kind: "unavailable", reason: "it does not answer" };
  if (!isPostgresError(error)) return null;
  const { code } = error;
  if (CONFLICTS.has(code)) return { kind: "conflict", reason: "other changes of the same records are under way" };
  if (code === "42501") return { kind: "refused", fault: DatabaseRightMissing({ remedy: GRANT }, error) };
  const refused = REFUSED.find(([start]) => code === start)?.[1];
  if (refused !== undefined) return { kind: "refused", fault: DatabaseValueRefused({ reason: refused }, error) };
  const unavailable = UNAVAILABLE.find(([start]) => code.startsWith(start))?.[1];
  if (unavailable !== undefined) return { kind: "unavailable", reason: unavailable };
  return LOST.some((start) => code.startsWith(start)) ? { kind: "lost", reason: "the connection to it broke" } : null;
}

/** Whether the connection is good for nothing after this error. */
export function endsConnection(error: unknown): boolean {
  // pg tells a broken connection in several ways, most of them without a code.
  return !isPostgresError(error) || LOST.some((start) => error.code.startsWith(start));
}

export function uniqueViolation(error: unknown): UniqueViolation | null {
  if (!isPostgresError(error) || error.code !== "23505") return null;
  const { table = "", constraint = "" } = error;
  const column = constraint.startsWith(`${table}_`) ? constraint.slice(table.length + 1) : constraint;
  return { table, column: column.replace(/_unique$/, "") };
}

export function isMissingReference(error: unknown): boolean {
  return isPostgresError(error) && error.code === "23503";
}

export function isMissingTable(error: unknown): boolean {
  return isPostgresError(error) && error.code === "42P01";
}
