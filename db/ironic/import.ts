/** Fills an empty database from an Ironic database. Afterwards no machine is acted on until somebody has acknowledged it. */
import type { Config } from "../../common/config/config.ts";
import { IronicNodesBusy } from "../../common/errors/backup.ts";
import type { Logger } from "../../common/log.ts";
import { insertRows } from "../backup/insert.ts";
import { layoutOf } from "../backup/layout.ts";
import type { BackupRow } from "../backup/read.ts";
import { markBegun, markComplete, requireUnused } from "../backup/restore-mark.ts";
import type { SqlValue } from "../engine.ts";
import { migrate, SCHEMA_NOW, type Schema, schemaState } from "../migrate.ts";
import { openKeys } from "../secrets/open-keys.ts";
import { Sealer, type SecretTable } from "../secrets/sealer.ts";
import { SECRET_TABLES } from "../secrets/secret-tables.ts";
import { type Mapped, mapIronic } from "./mapping.ts";
import { readIronic } from "./source.ts";

export interface ImportOptions {
  readonly dryRun: boolean;
  /** Nodes that somebody works on go to their fail state. */
  readonly failTransient: boolean;
}

export interface ImportReport extends Pick<Mapped, "busy" | "left" | "drivers"> {
  readonly rows: Readonly<Record<string, number>>;
}

/** Rows of one unit of work. */
const UNIT = 100;

/** Secrets arrive encrypted. @throws SecretKeysUnusable, IronicNodesBusy, IronicDatabaseUnusable, DatabaseNotEmpty, DatabaseInUse; nothing is changed then */
export async function importIronic(
  schema: Schema,
  config: Config,
  connection: string,
  options: ImportOptions,
  log: Logger,
): Promise<ImportReport> {
  const mapped = mapIronic(await readIronic(connection, log));
  const rows = Object.fromEntries([...mapped.tables].map(([name, records]) => [name, records.length]));
  const { busy, left, drivers } = mapped;
  const report = { rows, busy, left, drivers };
  if (options.dryRun) return report;
  if (busy.length > 0 && !options.failTransient) throw IronicNodesBusy({ nodes: busy });
  const { applied } = await schemaState(schema);
  const there = await layoutOf(applied);
  await schema.engine.read(() => requireUnused(schema, there, applied.length > 0));
  await migrate(schema, log);
  const sealer = new Sealer(await openKeys(schema, config, log));
  await fill(schema, mapped, sealer);
  return report;
}

async function fill(schema: Schema, { tables }: Mapped, sealer: Sealer): Promise<void> {
  const as_of = new Date().toISOString();
  await schema.engine.write(() => markBegun(schema, { origin: "an Ironic database", as_of }));
  for (const [name, found] of tables) {
    const secrets = SECRET_TABLES.filter((table) => table.name === name);
    const records = found.map((record) => secrets.reduce((done, table) => sealed(table, done, sealer), record));
    const table = { table: name, columns: Object.keys(records[0] ?? {}) };
    const rows: readonly BackupRow[] = records.map((record) => ({ table, values: Object.values(record) }));
    for (let from = 0; from < rows.length; from += UNIT)
      await schema.engine.write(() => insertRows(schema, rows.slice(from, from + UNIT)));
  }
  const layout = await layoutOf(SCHEMA_NOW);
  await schema.engine.write(() => markComplete(schema, layout));
}

type Record_ = Readonly<Record<string, SqlValue>>;

function sealed(table: SecretTable, record: Record_, sealer: Sealer): Record_ {
  const place = table.place.map((column) => record[column] ?? null);
  const { value, key_id } = sealer.seal(table, place, String(record[table.value]));
  return { ...record, [table.value]: value, [table.key]: key_id };
}
