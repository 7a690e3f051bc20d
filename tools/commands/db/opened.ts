/** The database that the configuration names, as it is found, for as long as a command needs it. */
import { existsSync } from "node:fs";
import { type Config, defaultConfig } from "../../../common/config/config.ts";
import { type Logger, silent } from "../../../common/log.ts";
import { openSchema } from "../../../db/connect.ts";
import { sqliteFile } from "../../../db/dialect/sqlite/location.ts";
import type { Schema } from "../../../db/migrate.ts";
import { logOf } from "../../configure.ts";

export async function withSchema<T>(
  config: Config,
  work: (schema: Schema) => Promise<T>,
  log: Logger = logOf(config),
): Promise<T> {
  const schema = await openSchema(config, log);
  try {
    return await work(schema);
  } finally {
    await schema.engine.close();
  }
}

/** A file that is not there is not made by looking: an empty database in memory is looked at in its place. */
export async function look<T>(config: Config, work: (schema: Schema) => Promise<T>): Promise<T> {
  const file = sqliteFile(config);
  if (file === null || existsSync(file)) return await withSchema(config, work, silent);
  process.stderr.write(`There is no database ${file} yet.\n`);
  return await withSchema(defaultConfig({ database: { connection: "sqlite://" } }), work, silent);
}

export function rowsText(rows: Readonly<Record<string, number>>): string {
  const filled = Object.entries(rows).filter(([, count]) => count > 0);
  return filled.length === 0 ? "no records" : filled.map(([table, count]) => `${count} ${table}`).join(", ");
}
