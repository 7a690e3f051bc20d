/** What the child processes of the tests do: one task a process, its results on standard output. */
import { writeSync } from "node:fs";
import { defaultConfig } from "../../../../common/config/config.ts";
import { NodeLocked } from "../../../../common/errors/node.ts";
import { silent } from "../../../../common/log.ts";
import { openDatabase } from "../../../../db/connect.ts";
import type { Stores } from "../../../../db/contract.ts";
import type { SqliteDriver } from "../../../../db/dialect/sqlite/drivers.ts";
import { TEST_SECRETS } from "../../../support/test-secrets.ts";

/** Synchronous: a line that was said stays said, whatever kills the process next. */
const say = (line: string) => writeSync(1, `${line}\n`);

/** Creates and locks nodes without end, and tells each acknowledged write. */
async function createForEver(stores: Stores): Promise<void> {
  const one = async () => {
    for (;;) {
      const node = await stores.nodes.create({ uuid: crypto.randomUUID(), driver: "fake-hardware" });
      say(`created ${node.uuid}`);
      const { ticket } = await stores.nodes.reserve(node.uuid, { host: "h", bootId: "b", purpose: "p" });
      say(`locked ${node.uuid}`);
      await stores.nodes.save(ticket, { driver_info: { password: node.uuid } });
      say(`saved ${node.uuid}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

/** Adds 1 under the lock, 60 times, against whoever else does it. */
async function count(stores: Stores): Promise<void> {
  const [node] = await stores.nodes.list({ limit: 1 });
  if (node === undefined) throw new Error("the test makes the node first");
  for (let done = 0; done < 60; ) {
    const request = { host: `h${process.pid}`, bootId: `b${process.pid}`, purpose: "count" };
    const won = await stores.nodes.reserve(node.uuid, request).catch((error: unknown) => {
      if (NodeLocked.matches(error)) return null;
      throw error;
    });
    if (won === null) continue;
    await stores.nodes.save(won.ticket, { extra: { count: Number(won.node.extra.count) + 1 } });
    if (!(await stores.nodes.release(won.ticket))) throw new Error("the lock was lost");
    done += 1;
  }
}

const TASKS: Readonly<Record<string, (stores: Stores) => Promise<void>>> = {
  createForEver,
  count,
  openOnly: async () => undefined,
};

const [, , task = "", driver = "libsql", connection = ""] = process.argv;
const isSqlite = connection.startsWith("sqlite:");
const config = defaultConfig({
  secrets: TEST_SECRETS,
  database: { connection, ...(isSqlite ? { sqlite_driver: driver as SqliteDriver } : {}) },
});
const database = await openDatabase(config, silent);
await TASKS[task]?.(database.stores);
await database[Symbol.asyncDispose]();
