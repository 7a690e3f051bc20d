/** The configured database for a check: asked once, not waited for, and never made by looking. */
import { existsSync } from "node:fs";
import type { Config } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { openSchema } from "../../db/connect.ts";
import { sqliteFile } from "../../db/dialect/sqlite/location.ts";
import type { Schema } from "../../db/migrate.ts";

/** Null when it is a file that is not there yet. @throws DatabaseUnreachable */
export async function withDatabase<T>(config: Config, work: (schema: Schema) => Promise<T>): Promise<T | null> {
  const file = sqliteFile(config);
  if (file !== null && !existsSync(file)) return null;
  const schema = await openSchema({ ...config, database: { ...config.database, max_retries: 0 } }, silent);
  try {
    return await work(schema);
  } finally {
    await schema.engine.close();
  }
}
