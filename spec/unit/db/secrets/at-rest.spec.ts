/** Secrets in the database itself: encrypted, bound to their place, and refused at start without their key. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { newKeyText } from "../../../../common/encryption/secret-key.ts";
import { SecretDamaged, SecretKeyMissing, SecretKeysUnusable } from "../../../../common/errors/secrets.ts";
import type { Stores } from "../../../../db/contract.ts";
import { newNode, onEachDatabase, TestDatabases } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const CANARY = "canary-4b1d";
const keys = (...list: readonly string[]) => ({ overrides: { secrets: { encryption_keys: list.join(",") } } });
const PLAIN = { overrides: { secrets: { encrypt: false } } };

async function plant(stores: Stores, canary = CANARY): Promise<string> {
  const { uuid } = await stores.nodes.create(
    newNode({
      driver_info: { ipmi_password: canary },
      instance_info: { configdrive: { user_data: canary } },
      driver_internal_info: { agent_secret_token: canary },
    }),
  );
  const target = { uuid: crypto.randomUUID(), node_uuid: uuid, volume_type: "iscsi", volume_id: "v", boot_index: 0 };
  await stores.volumeTargets.create({ ...target, properties: { auth_password: canary } });
  return uuid;
}

onEachDatabase("secrets at rest", (databases) => {
  const [one, two] = [newKeyText(), newKeyText()];
  const rows = async () =>
    JSON.stringify([
      await (await databases.raw()).rows("select * from node_secrets"),
      await (await databases.raw()).rows("select * from volume_target_secrets"),
    ]);

  it("are encrypted, and read back whole", async () => {
    const stores = await databases.open(keys(one));
    const uuid = await plant(stores);
    assert.ok(!(await rows()).includes(CANARY));
    const node = await stores.nodes.getRevealed(uuid);
    assert.equal(node.driver_info.ipmi_password, CANARY);
    assert.deepEqual(node.instance_info.configdrive, { user_data: CANARY });
    assert.equal((await stores.volumeTargets.revealedOfNode(uuid))[0]?.properties.auth_password, CANARY);
  });

  it("do not open in another record, holder or path, nor cut off", async () => {
    const stores = await databases.open(keys(one));
    const [mine, other] = [await plant(stores), await plant(stores, "other")];
    const raw = await databases.raw();
    const at = "node_id = (select id from nodes where uuid = ?) and holder = ?";
    const valueAt = async (uuid: string, holder: string) =>
      String((await raw.rows(`select value from node_secrets where ${at}`, uuid, holder))[0]?.[0]);
    const mineOf = await valueAt(mine, "driver_info");
    const set = (value: string) => raw.run(`update node_secrets set value = ? where ${at}`, value, mine, "driver_info");
    for (const foreign of [
      await valueAt(other, "driver_info"),
      await valueAt(mine, "driver_internal_info"),
      mineOf.slice(0, -8),
      mineOf.slice(0, 8),
      "",
    ]) {
      await set(foreign);
      await refusedWith(stores.nodes.getRevealed(mine), SecretDamaged, "ipmi_password");
    }
    await set(mineOf);
    await raw.run("update node_secrets set path = '/redfish_password' where holder = 'driver_info'");
    await refusedWith(stores.nodes.getRevealed(mine), SecretDamaged, "redfish_password");
    const [target] = await stores.volumeTargets.revealedOfNode(other);
    await raw.run("delete from volume_target_secrets where target_uuid = ?", target?.uuid ?? "");
    await raw.run("update volume_target_secrets set target_uuid = ?", target?.uuid ?? "");
    await refusedWith(stores.volumeTargets.revealedOfNode(other), SecretDamaged, "auth_password");
  });

  it("are refused at start without their key, whether they are there already or not, and nothing is changed", async () => {
    await (await databases.openDatabase(keys(one)))[Symbol.asyncDispose]();
    await refusedWith(databases.open(keys(two)), SecretKeyMissing, "[secrets]encryption_keys");
    const stores = await databases.open(keys(one));
    const uuid = await plant(stores);
    const before = await rows();
    await refusedWith(databases.open(keys(two)), SecretKeyMissing, "without the key");
    await refusedWith(
      databases.open({ overrides: { secrets: { encrypt: false, encryption_keys: two } } }),
      SecretKeyMissing,
      "",
    );
    assert.equal(await rows(), before);
    const both = await databases.open(keys(two, one));
    assert.equal((await both.nodes.getRevealed(uuid)).driver_info.ipmi_password, CANARY);
  });

  it("that were stored plain are encrypted at the next start", async () => {
    const open = await databases.openDatabase(PLAIN);
    const uuid = await plant(open.stores);
    assert.ok((await rows()).includes(CANARY), "plain was asked for");
    await open[Symbol.asyncDispose]();
    const stores = await databases.open(keys(one));
    assert.ok(!(await rows()).includes(CANARY));
    assert.equal((await stores.nodes.getRevealed(uuid)).driver_info.ipmi_password, CANARY);
    const again = await databases.open({ overrides: { secrets: { encrypt: false, encryption_keys: one } } });
    assert.equal((await again.nodes.getRevealed(uuid)).driver_info.ipmi_password, CANARY, "read without being written");
    assert.ok(!(await rows()).includes(CANARY));
  });
});

describe("the key file of one process", () => {
  const databases = new TestDatabases("libsql", true);
  afterEach(() => databases.clear());
  const DEFAULTS = { overrides: { secrets: {} } };

  it("is made beside the database for its owner only, and holds what the database does not", async () => {
    const stores = await databases.open(DEFAULTS);
    await plant(stores);
    const path = await databases.path();
    assert.equal(statSync(`${path}.key`).mode & 0o777, 0o600);
    const key = readFileSync(`${path}.key`, "utf8").trim().split("\n").at(-1) ?? "?";
    for (const file of [path, `${path}-wal`].filter(existsSync)) {
      const bytes = readFileSync(file);
      for (const hidden of [CANARY, key, Buffer.from(key, "base64")]) assert.ok(!bytes.includes(hidden), file);
    }
  });

  it("that was lost, is open to others or holds another key stops the start with the remedy; put back, all is well", async () => {
    const database = await databases.openDatabase(DEFAULTS);
    const uuid = await plant(database.stores);
    await database[Symbol.asyncDispose]();
    const file = `${await databases.path()}.key`;
    const text = readFileSync(file);
    rmSync(file);
    await refusedWith(databases.open(DEFAULTS), SecretKeyMissing, file);
    assert.ok(!existsSync(file), "no other key takes its place");
    writeFileSync(file, text, { mode: 0o644 });
    await refusedWith(databases.open(DEFAULTS), SecretKeysUnusable, `chmod o= ${file}`);
    rmSync(file);
    for (const [bad, fault] of [
      ["", SecretKeysUnusable],
      ["nonsense", SecretKeysUnusable],
      [newKeyText(), SecretKeyMissing],
    ] as const) {
      writeFileSync(file, bad, { mode: 0o600 });
      await refusedWith(databases.open(DEFAULTS), fault, file);
    }
    writeFileSync(file, text);
    const { nodes } = await databases.open(DEFAULTS);
    assert.equal((await nodes.getRevealed(uuid)).driver_info.ipmi_password, CANARY);
  });

  it("leaves nothing plain in the file's unused pages when plain secrets are encrypted", async () => {
    const open = await databases.openDatabase(PLAIN);
    for (let count = 0; count < 20; count += 1) await plant(open.stores, `${CANARY}${"x".repeat(3000)}`);
    await open[Symbol.asyncDispose]();
    const path = await databases.path();
    assert.ok(readFileSync(path).includes(CANARY));
    await (await databases.openDatabase(DEFAULTS))[Symbol.asyncDispose]();
    for (const file of [path, `${path}-wal`].filter(existsSync)) assert.ok(!readFileSync(file).includes(CANARY), file);
  });
});
