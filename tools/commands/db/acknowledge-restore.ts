/** `ferric db acknowledge-restore`: lets the service act on machines again. */
import { WORKING_STATES } from "../../../common/states.ts";
import { openDatabase } from "../../../db/connect.ts";
import type { Stores } from "../../../db/contract.ts";
import { configure, logOf } from "../../configure.ts";
import { refusePositionals } from "../../flags.ts";
import { confirmed } from "./confirmed.ts";

export async function acknowledgeRestore(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { servesApi: false, switches: ["yes"] });
  refusePositionals(flags);
  await using database = await openDatabase(config, logOf(config));
  const { restores } = database.stores;
  const mark = await restores.find();
  if (mark === null) return say("There is no restore to acknowledge.");
  if (!mark.complete)
    throw new Error(`filling the database from ${mark.origin} did not end well: empty it and run that again`);
  say(`The records come from ${mark.origin}, as of ${mark.as_of}.\n${await consequences(database.stores)}`);
  if (!(await confirmed(flags, "Do the records fit the machines?"))) return 1;
  await restores.acknowledge();
  return say("Acknowledged: machines are acted on again.");
}

async function consequences({ nodes }: Stores): Promise<string> {
  const working = await nodes.count([{ field: "provision_state", in: WORKING_STATES }]);
  const locked = await nodes.count([{ field: "reservation", null: false }]);
  return `${working} nodes were being worked on and will go to their fail states; ${locked} locks of processes that are gone will be released.`;
}

function say(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}
