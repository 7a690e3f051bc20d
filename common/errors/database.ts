/** Faults of the database itself: what it cannot be opened with, and what it could not do in time. */
import { defineFault } from "./fault.ts";

export const DatabaseNotBuiltYet = defineFault<{ scheme: string }>(
  "DatabaseNotBuiltYet",
  500,
  (p) =>
    `[database]connection names "${p.scheme}", which is not built yet: use sqlite:///absolute/path, or leave it empty for SQLite below [DEFAULT]state_path.`,
);
export const DatabaseUrlInvalid = defineFault<{ reason: string }>(
  "DatabaseUrlInvalid",
  500,
  (p) => `[database]connection is not usable: ${p.reason}. Use sqlite:///absolute/path, or leave it empty.`,
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
