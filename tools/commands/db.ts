/** `ferric db`: the schema, apart from the service. */
import { openDatabase } from "../../db/connect.ts";
import { configure, logOf } from "../configure.ts";
import { UsageError } from "../flags.ts";
import { lockFolder } from "../instance-lock.ts";

export async function database(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv);
  const [action] = flags.positionals;
  if (action !== "upgrade") throw new UsageError(`say what to do: upgrade`);
  using _lock = lockFolder(config.DEFAULT.state_path);
  await using _database = await openDatabase(config, logOf(config));
  process.stdout.write("The database's schema is up to date.\n");
  return 0;
}
