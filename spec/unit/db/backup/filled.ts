/** A database with records of every kind, and what a backup says of them. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import type { Stores } from "../../../../db/contract.ts";

export const SECRET = "s3cr\u00e9t \u{1F511}";

export async function fill(stores: Stores, nodes = 3): Promise<void> {
  const chassis = await stores.chassis.create({ uuid: crypto.randomUUID(), description: "Reihe 4", extra: { a: [1] } });
  for (let index = 0; index < nodes; index++) await fillNode(stores, index, chassis.uuid);
  await stores.deployTemplates.create({
    uuid: crypto.randomUUID(),
    name: "CUSTOM_A",
    extra: {},
    steps: [{ interface: "bios", step: "apply_configuration", args: { settings: [] }, priority: 10 }],
  });
  await stores.leases.acquire("52:54:00:00:00:99", () => ["10.0.0.9"], { seconds: 60 });
}

async function fillNode(stores: Stores, index: number, chassis_uuid: string): Promise<void> {
  const uuid = crypto.randomUUID();
  await stores.nodes.create({
    uuid,
    name: `node-${index}`,
    driver: "fake-hardware",
    chassis_uuid,
    driver_info: { ipmi_address: "10.0.0.1", ipmi_password: SECRET, nested: { auth_token: "t" } },
    extra: { text: "Zeile\u2028\n\"'\\", big: "x".repeat(5000), number: 1.5, none: null },
    provision_state: "active",
    maintenance: index % 2 === 0,
    automated_clean: null,
    traits: ["CUSTOM_B", "CUSTOM_A"],
  });
  const port = await stores.ports.create({
    uuid: crypto.randomUUID(),
    node_uuid: uuid,
    address: `52:54:00:00:00:${(16 + index).toString(16)}`,
  });
  await stores.ports.update(port.uuid, { extra: { changed: true } });
  await stores.history.add({ node_uuid: uuid, conductor: "c", event_type: "deploy", severity: "ERROR", event: "e" });
  await stores.inventory.put(uuid, { inventory: { memory: { total: 2 ** 40 } }, plugin_data: { a: [] } });
}

/** The lines of a backup, without what tells where and when it was made. */
export function rowsOfBackup(file: string): readonly string[] {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trimEnd().split("\n");
  return lines.slice(1, -1);
}
