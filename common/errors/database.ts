/** Faults of the database itself: what it cannot be opened with, and what it could not do in time. */
import { defineFault } from "./fault.ts";

const URLS =
  "sqlite:///absolute/path, postgresql://user:password@host:port/name, mysql+pymysql://user:password@host:port/name, or leave it empty for SQLite below [DEFAULT]state_path";

export const DatabaseKindUnknown = defineFault<{ scheme: string }>(
  "DatabaseKindUnknown",
  500,
  (p) => `[database]connection names "${p.scheme}", which is no database that ferric knows: use ${URLS}.`,
);
/** The reason never shows the URL itself, which may hold a password. */
export const DatabaseUrlInvalid = defineFault<{ reason: string }>(
  "DatabaseUrlInvalid",
  500,
  (p) => `[database]connection is not usable: ${p.reason}. Use ${URLS}.`,
);
/** For operators, at start: requests are told DatabaseUnavailable, which names no address. */
export const DatabaseUnreachable = defineFault<{ server: string; reason: string }>(
  "DatabaseUnreachable",
  500,
  (p) =>
    `The database server ${p.server} of [database]connection cannot be used: ${p.reason}. Check that it runs, that user, password and name of the database are right, and that the database exists.`,
);
export const DatabaseServerUnsupported = defineFault<{ version: string }>(
  "DatabaseServerUnsupported",
  500,
  (p) =>
    `The database server of [database]connection says that it is version ${p.version}, which is no MariaDB. MySQL lacks the collation that ferric's tables need: use MariaDB or PostgreSQL.`,
);
export const DatabaseDriverMissing = defineFault<{ driver: string; version: string; reason: string }>(
  "DatabaseDriverMissing",
  500,
  (p) =>
    `[database]sqlite_driver is ${p.driver}, but the npm package ${p.driver} cannot be loaded (${p.reason}): run "npm install ${p.driver}@${p.version}" or choose libsql.`,
);
export const DatabaseTooNew = defineFault<{ found: string; known: string }>(
  "DatabaseTooNew",
  500,
  (p) =>
    `The database was migrated to ${p.found} by a newer release; this program knows it up to ${p.known}: upgrade the program or restore the backup taken before the upgrade.`,
);
export const DatabaseOpenFailed = defineFault<{ path: string; reason: string }>(
  "DatabaseOpenFailed",
  500,
  (p) => `Database ${p.path} cannot be opened: ${p.reason}. Check that the folder exists and can be written.`,
);
/** Nothing was changed; the same request may succeed later. */
export const DatabaseUnavailable = defineFault<{ reason: string }>(
  "DatabaseUnavailable",
  503,
  (p) => `The database could not carry out the request now (${p.reason}); nothing was changed, please retry later.`,
  { retryAfter: 5 },
);
/** The connection went away between the order to commit and its answer. */
export const DatabaseOutcomeUnknown = defineFault<{ reason: string }>(
  "DatabaseOutcomeUnknown",
  503,
  (p) =>
    `The database did not confirm the change (${p.reason}): it may or may not have been made. Look before you repeat the request.`,
  { retryAfter: 5 },
);
export const DatabaseValueRefused = defineFault<{ reason: string }>(
  "DatabaseValueRefused",
  400,
  (p) => `The database cannot store a value of the request: ${p.reason}. Shorten or change the value.`,
);
export const DatabaseValueTooLarge = defineFault<{ bytes: number; limit: number }>(
  "DatabaseValueTooLarge",
  413,
  (p) =>
    `The values of the request take ${p.bytes} bytes, more than the ${p.limit} that the database accepts at once: make them smaller, or raise max_allowed_packet of the database server.`,
);
/** The machines may have gone on since the records were made: what was right then may be wrong now. */
export const RestoreNotAcknowledged = defineFault<{ origin: string; asOf: string; complete: boolean }>(
  "RestoreNotAcknowledged",
  503,
  (p) =>
    p.complete
      ? `The database was filled from ${p.origin} (as of ${p.asOf}), and nobody has confirmed that its records fit the machines: no machine is acted on until "ferric db acknowledge-restore".`
      : `Filling the database from ${p.origin} did not end well: the records are not whole. Empty the database and run the restore or import again.`,
  { retryAfter: 60 },
);
/** What the server said, without names of users: the right that its administrator has to give. */
export const DatabaseRightMissing = defineFault<{ remedy: string }>(
  "DatabaseRightMissing",
  500,
  (p) => `The user of [database]connection lacks a right on the database server: ${p.remedy}.`,
);
