/** Faults of backup, restore and import: for operators, on the command line. */
import { defineFault } from "./fault.ts";

export const BackupDamaged = defineFault<{ file: string; reason: string }>(
  "BackupDamaged",
  500,
  (p) => `${p.file} cannot be restored: ${p.reason}. Nothing was changed; use another backup.`,
);
export const BackupTooNew = defineFault<{ file: string; found: string; known: string }>(
  "BackupTooNew",
  500,
  (p) =>
    `${p.file} holds schema ${p.found}, and this program knows it up to ${p.known}: restore it with the release that made it, or a newer one.`,
);
export const DatabaseNotEmpty = defineFault<{ table: string; rows: number }>(
  "DatabaseNotEmpty",
  500,
  (p) =>
    `The database is not empty: its table ${p.table} has ${p.rows} rows. Name an empty database (for SQLite: a file that does not exist) in [database]connection.`,
);
export const DatabaseAhead = defineFault<{ found: string; wanted: string }>(
  "DatabaseAhead",
  500,
  (p) =>
    `The database has schema ${p.found} already, and the backup is of ${p.wanted}: restore it into a database without tables; it is brought up to this release afterwards.`,
);
export const DatabaseInUse = defineFault<{ hosts: string }>(
  "DatabaseInUse",
  500,
  (p) => `Conductors use the database: ${p.hosts}. Stop all processes of the service first.`,
);
export const NothingToBackUp = defineFault<object>(
  "NothingToBackUp",
  500,
  () => "The database has no tables of ferric's: check [database]connection.",
);
export const IronicDatabaseUnusable = defineFault<{ reason: string }>(
  "IronicDatabaseUnusable",
  500,
  (p) =>
    `The database to import from cannot be used: ${p.reason}. Name Ironic's own: mysql://user:password@host/ironic, sqlite:///path, or its configuration file.`,
);
export const IronicNodesBusy = defineFault<{ nodes: readonly string[] }>(
  "IronicNodesBusy",
  500,
  (p) =>
    `Ironic is at work on ${p.nodes.length} nodes: ${p.nodes.slice(0, 20).join("; ")}. Let that end and stop Ironic, or say --fail-transient to import them in their fail states. Nothing was changed.`,
);
