/**
 * Fills an empty database from a backup, of whichever kind of database that was made. The file is checked to its end
 * before anything is touched. The schema becomes the backup's, then the rows come, then the newer migrations.
 */
import { basename } from "node:path";
import type { Config } from "../../common/config/config.ts";
import { BackupDamaged, BackupTooNew, DatabaseAhead } from "../../common/errors/backup.ts";
import { BackupKeysMissing } from "../../common/errors/secrets.ts";
import type { Logger } from "../../common/log.ts";
import { label, migrate, SCHEMA_NOW, type Schema, schemaState } from "../migrate.ts";
import { MIGRATIONS } from "../migrations/index.ts";
import { keysAsFound } from "../secrets/open-keys.ts";
import type { EndLine } from "./format.ts";
import { insertRows } from "./insert.ts";
import { layoutOf, type TableLayout } from "./layout.ts";
import { type BackupFacts, BackupReader, type BackupRow, checkBackup } from "./read.ts";
import { markBegun, markComplete, requireUnused } from "./restore-mark.ts";

/** The migration that brings the mark: it depends on no other, and comes first even for backups of older schemas. */
const MARK = 8;
/** Characters of one unit: within what every database takes. */
const UNIT_CHARS = 500_000;

export interface RestoreReport {
  /** Of the keys that the backup's secrets are encrypted with. */
  readonly keys: readonly string[];
  readonly made_at: string;
  readonly rows: EndLine["rows"];
}

/** @throws BackupDamaged, BackupTooNew, BackupKeysMissing, DatabaseNotEmpty, DatabaseAhead, DatabaseInUse; nothing is changed then */
export async function restore(schema: Schema, config: Config, file: string, log: Logger): Promise<RestoreReport> {
  const facts = await checkBackup(file);
  requireKnownSchema(facts, file);
  const { schema: level } = facts.header;
  const tables = await layoutOf(level);
  requireKnown(facts, tables, file);
  requireKeys(facts, config, file);
  await requireEmpty(schema, facts);
  await migrate(
    schema,
    log,
    MIGRATIONS.filter((migration) => level.includes(label(migration)) || migration.id === MARK),
  );
  const filling = { origin: `the backup ${basename(file)}`.slice(0, 255), as_of: facts.header.made_at };
  await schema.engine.write(() => markBegun(schema, filling));
  await insertAll(schema, file, facts);
  await migrate(schema, log);
  const now = await layoutOf(SCHEMA_NOW);
  await schema.engine.write(() => markComplete(schema, now));
  return { keys: [...facts.keys], made_at: facts.header.made_at, rows: facts.end.rows };
}

/** A database whose secrets nobody can read would only look restored. @throws BackupKeysMissing */
function requireKeys({ keys }: BackupFacts, config: Config, file: string): void {
  const found = keysAsFound(config);
  const ids = found.missing([...keys]);
  if (ids.length > 0) throw BackupKeysMissing({ file, ids, source: found.sourceName });
}

/** @throws BackupTooNew */
function requireKnownSchema({ header }: BackupFacts, file: string): void {
  const stranger = header.schema.find((name) => !SCHEMA_NOW.includes(name));
  if (stranger !== undefined) throw BackupTooNew({ file, found: stranger, known: SCHEMA_NOW.at(-1) ?? "" });
}

/** @throws BackupDamaged */
function requireKnown({ tables: found }: BackupFacts, tables: readonly TableLayout[], file: string): void {
  const known = new Map(tables.map(({ name, columns }) => [name, columns.map((column) => column.name).join()]));
  const stranger = found.find(({ table, columns }) => known.get(table) !== columns.join());
  if (stranger !== undefined)
    throw BackupDamaged({ file, reason: `its table ${stranger.table} is not that of its schema` });
}

async function requireEmpty(schema: Schema, { header }: BackupFacts): Promise<void> {
  const { applied } = await schemaState(schema);
  const there = await layoutOf(applied);
  await schema.engine.read(() => requireUnused(schema, there, applied.length > 0));
  if (applied.length > header.schema.length)
    throw DatabaseAhead({ found: applied.at(-1) ?? "", wanted: header.schema.at(-1) ?? "" });
}

async function insertAll(schema: Schema, file: string, checked: BackupFacts): Promise<void> {
  const reader = new BackupReader(file);
  let rows: BackupRow[] = [];
  let chars = 0;
  const write = async () => {
    const batch = rows;
    rows = [];
    chars = 0;
    if (batch.length > 0) await schema.engine.write(() => insertRows(schema, batch));
  };
  for await (const row of reader.rows()) {
    rows.push(row);
    for (const value of row.values) chars += typeof value === "string" ? value.length : 8;
    if (chars >= UNIT_CHARS) await write();
  }
  await write();
  if (reader.facts().end.sha256 !== checked.end.sha256)
    throw new Error(`${file} was changed while it was read: empty the database and restore again`);
}
