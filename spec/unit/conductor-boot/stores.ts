/** A real database in memory with one node and one port, for the tests of the conductor's boot files. */
import { randomUUID } from "node:crypto";
import { defaultConfig } from "../../../common/config/config.ts";
import { silent } from "../../../common/log.ts";
import { openDatabase } from "../../../db/connect.ts";
import type { Database } from "../../../db/contract.ts";

export const MAC = "52:54:00:00:00:01";

export async function databaseWithNode(): Promise<{ database: Database; node: string }> {
  const database = await openDatabase(defaultConfig({ database: { connection: "sqlite://" } }), silent);
  const node = randomUUID();
  await database.stores.nodes.create({ uuid: node, driver: "fake-hardware" });
  await database.stores.ports.create({ uuid: randomUUID(), node_uuid: node, address: MAC });
  return { database, node };
}
