/** The conductors that have registered, and whether their nodes are looked after. */

import { silent } from "../../../common/log.ts";
import { ConductorRings } from "../../../common/rpc/hash-ring.ts";
import { openDatabase } from "../../../db/connect.ts";
import { schemaState } from "../../../db/migrate.ts";
import { type Check, type Finding, pass, warn } from "../check.ts";
import { withDatabase } from "../opened-database.ts";

export const processes: Check = {
  name: "processes",
  async run({ config }) {
    const state = await withDatabase(config, schemaState);
    // Opening the stores would migrate a database that is behind.
    if (state === null || state.missing.length + state.unknown.length > 0) return [];
    await using database = await openDatabase(
      {
        ...config,
        database: { ...config.database, max_retries: 0 },
        // A doctor that another user runs must make no key file, nor encrypt anything.
        secrets: { ...config.secrets, encrypt: false },
      },
      silent,
    );
    const { conductors, nodes } = database.stores;
    const all = await conductors.list(config.conductor.heartbeat_timeout);
    const rings = new ConductorRings(all);
    const fields = ["driver", "conductor_group"];
    const orphans = (await nodes.list({ fields })).filter((node) => rings.hostFor(node) === null).length;
    return [...all.map(describe), ...(orphans === 0 ? [] : [orphaned(orphans)])];
  },
};

function describe(one: { readonly hostname: string; readonly alive: boolean; readonly boot_id: string }): Finding {
  if (one.alive) return pass(`conductor ${one.hostname} is alive`);
  if (one.boot_id === "") return pass(`conductor ${one.hostname} has been stopped`);
  return warn(
    `conductor ${one.hostname} is silent: it did not stop in good order`,
    "start it again; its nodes go to others meanwhile",
  );
}

function orphaned(count: number): Finding {
  return warn(
    `${count} nodes have no live conductor that serves their group and hardware type`,
    "start one, or enable the hardware type on one that runs",
  );
}
