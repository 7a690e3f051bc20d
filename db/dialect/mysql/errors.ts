/** What MariaDB's and MySQL's errors mean, by their numbers (MariaDB, "Error Codes"). */
import { DatabaseRightMissing, DatabaseValueRefused } from "../../../common/errors/database.ts";
import { FerricError } from "../../../common/errors/fault.ts";
import type { UniqueViolation } from "../dialect.ts";
import { ConnectionLost, type Failure, StatementTimeout } from "../server/session.ts";

interface MysqlError extends Error {
  readonly errno: number;
  readonly sqlMessage?: string;
  readonly sql?: string;
}

function isMysqlError(error: unknown): error is MysqlError {
  return error instanceof Error && "errno" in error && typeof error.errno === "number" && error.errno >= 1000;
}

function numberOf(error: unknown): number {
  return isMysqlError(error) ? error.errno : 0;
}

/** Lock wait timeout, deadlock, a row that changed since the transaction's moment, a cluster's refusal at commit. */
const CONFLICTS: ReadonlySet<number> = new Set([1205, 1213, 1020, 3101]);

/** Shutdown, killed, idle for too long; a server that takes no changes (any more), a cluster's node that is not ready. */
const LOST: ReadonlySet<number> = new Set([1053, 1927, 4031, 1290, 1836, 1047]);

const UNAVAILABLE: ReadonlyMap<number, string> = new Map([
  [1969, "a statement took too long"],
  [3024, "a statement took too long"],
  [1317, "a statement was interrupted"],
  [1021, "its disk is full"],
  [1114, "its disk is full"],
  [1030, "its disk reports an error"],
  [1037, "it is short of memory"],
  [1038, "it is short of memory"],
  [1041, "it is short of memory"],
  [1040, "it has too many connections"],
  [1203, "it has too many connections"],
]);

const REFUSED: ReadonlyMap<number, string> = new Map([
  [1406, "a text is longer than its column"],
  [1264, "a number is out of the range of its column"],
  [1265, "a value is not of the type of its column"],
  [1292, "a value is not of the type of its column"],
  [1366, "a value is not of the type of its column"],
  [1300, "a text has a character that cannot be stored"],
  [1118, "the record is too large"],
]);

const RIGHTS: ReadonlyMap<number, string> = new Map([
  [
    1419,
    "it may not create triggers while the binary log is on; set log_bin_trust_function_creators = 1 on the server, at least while the schema is upgraded, or grant it SUPER",
  ],
  [1044, "grant it all privileges on the database"],
  [1142, "grant it all privileges on the database"],
  [1227, "grant it all privileges on the database"],
]);

export function failure(error: unknown): Failure | null {
  if (error instanceof FerricError) return { kind: "refused", fault: error };
  if (error instanceof ConnectionLost) return { kind: "lost", reason: "the connection to it broke" };
  if (error instanceof StatementTimeout) return { kind: "unavailable", reason: "it does not answer" };
  const number = numberOf(error);
  if (CONFLICTS.has(number)) return { kind: "conflict", reason: "other changes of the same records are under way" };
  if (LOST.has(number)) return { kind: "lost", reason: "the connection to it broke" };
  const unavailable = UNAVAILABLE.get(number);
  if (unavailable !== undefined) return { kind: "unavailable", reason: unavailable };
  const remedy = RIGHTS.get(number);
  if (remedy !== undefined) return { kind: "refused", fault: DatabaseRightMissing({ remedy }, error) };
  const refused = REFUSED.get(number);
  return refused === undefined ? null : { kind: "refused", fault: DatabaseValueRefused({ reason: refused }, error) };
}

/** Whether the connection is good for nothing after this error. */
export function endsConnection(error: unknown): boolean {
  return LOST.has(numberOf(error)) || !isMysqlError(error);
}

/** The message ends with the index's name, in MySQL with its table's before. */
export function uniqueViolation(error: unknown): UniqueViolation | null {
  if (!isMysqlError(error) || error.errno !== 1062) return null;
  const index = /'(?:[^'.]+\.)?([^'.]+)'$/.exec(error.sqlMessage ?? error.message)?.[1] ?? "";
  const table = /^(?:insert (?:ignore )?into|update) `(\w+)`/.exec(error.sql ?? "")?.[1] ?? "";
  const column = index.startsWith(`${table}_`) ? index.slice(table.length + 1) : index;
  return { table, column: column.replace(/_unique$/, "") };
}

export function isMissingReference(error: unknown): boolean {
  return [1451, 1452, 1216, 1217].includes(numberOf(error));
}

/** A table, column, index, reference, trigger or primary key of that name. 1005 is how MariaDB tells of a reference. */
export function isThereAlready(error: unknown): boolean {
  const number = numberOf(error);
  if (number === 1005) return isMysqlError(error) && error.message.includes("errno: 121");
  return [1050, 1060, 1061, 1068, 1359, 1826].includes(number);
}

export function isMissingTable(error: unknown): boolean {
  return numberOf(error) === 1146;
}
