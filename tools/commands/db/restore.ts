/** `ferric db restore`: into an empty database, with the service stopped. */
import { restore } from "../../../db/backup/restore.ts";
import { configure, logOf } from "../../configure.ts";
import { onlyPositional } from "../../flags.ts";
import { lockFolder } from "../../instance-lock.ts";
import { confirmed } from "./confirmed.ts";
import { rowsText, withSchema } from "./opened.ts";

export async function restoreCommand(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { servesApi: false, switches: ["yes"] });
  const file = onlyPositional(flags, "FILE");
  if (!(await confirmed(flags, `Fill the database of this configuration from ${file}?`))) return 1;
  using _lock = lockFolder(config.DEFAULT.state_path);
  const { rows, made_at, keys } = await withSchema(config, (schema) => restore(schema, config, file, logOf(config)));
  process.stdout.write(
    `The database holds the records as of ${made_at}: ${rowsText(rows)}.\n${keysText(keys)}No machine is acted on until "ferric db acknowledge-restore".\n`,
  );
  return 0;
}

function keysText(keys: readonly string[]): string {
  return keys.length === 0 ? "" : `Its secrets need encryption key ${keys.join(", ")}, which is there.\n`;
}
