/** `ferric db backup`: also while the service runs. */
import { backUp } from "../../../db/backup/backup.ts";
import { configure } from "../../configure.ts";
import { onlyPositional } from "../../flags.ts";
import { look, rowsText } from "./opened.ts";

export async function backup(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { servesApi: false });
  const file = onlyPositional(flags, "FILE");
  const { rows, made_at } = await look(config, (schema) => backUp(schema, file));
  process.stdout.write(`${file} holds the records as of ${made_at}: ${rowsText(rows)}.\n`);
  return 0;
}
