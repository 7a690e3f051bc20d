/** `ferric db rotate-key`: from key to key, cut off and run again, and while the service writes. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultConfig } from "../../../common/config/config.ts";
import { KeyRing } from "../../../common/encryption/key-ring.ts";
import { textSource } from "../../../common/encryption/key-source.ts";
import { newKeyText } from "../../../common/encryption/secret-key.ts";
import { SecretKeyMissing } from "../../../common/errors/secrets.ts";
import { silent } from "../../../common/log.ts";
import { openDatabase, openSchema } from "../../../db/connect.ts";
import type { Stores } from "../../../db/contract.ts";
import { countByKey, reseal } from "../../../db/secrets/reseal.ts";
import { CommandRun } from "../../support/command-run.ts";
import { newNode, onEachDatabase } from "../db/support/databases.ts";

const secretsOf = async ({ nodes }: Stores) =>
  (await Promise.all((await nodes.list()).map(({ uuid }) => nodes.getRevealed(uuid)))).map(
    ({ driver_info }) => driver_info.password,
  );

async function plant({ nodes }: Stores, count: number): Promise<readonly string[]> {
  const secrets = Array.from({ length: count }, (_, number) => `secret-${number}`);
  for (const password of secrets) await nodes.create(newNode({ driver_info: { password } }));
  return secrets;
}

onEachDatabase("secrets under a new key", (databases) => {
  const [one, two] = [newKeyText(), newKeyText()];
  const keys = (list: string) => ({ overrides: { secrets: { encryption_keys: list } } });

  it("are the same, page by page, also when it is cut off and run again", async () => {
    const stores = await databases.open(keys(one));
    const secrets = await plant(stores, 130);
    const schema = await databases.openSchema();
    const ring = new KeyRing(textSource(`${two},${one}`), true);
    const cut = new AbortController();
    const first = await reseal(schema, ring, { signal: cut.signal, onProgress: () => cut.abort() });
    assert.ok(first.done > 0 && first.done < 130, `${first.done}`);
    assert.equal((await countByKey(schema)).size, 2);
    const both = await databases.open(keys(`${two},${one}`));
    assert.deepEqual(await secretsOf(both), secrets, "half-way all are readable");
    const second = await reseal(schema, ring);
    assert.equal(first.done + second.done, 130);
    assert.deepEqual([...(await countByKey(schema))], [[ring.primary?.id, 130]]);
    await assert.rejects(secretsOf(stores), SecretKeyMissing.matches, "who lacks the new key changes nothing");
    assert.deepEqual(await secretsOf(both), secrets);
  });

  it("stay what they were while others write them", async () => {
    const stores = await databases.open(keys(`${one},${two}`));
    await plant(stores, 60);
    const [node] = await stores.nodes.list({ limit: 1 });
    const ring = new KeyRing(textSource(`${two},${one}`), true);
    let written = 0;
    const writing = (async () => {
      for (; written < 40; written += 1)
        await stores.nodes.updateUnlocked(node?.uuid ?? "", { driver_info: { password: `new-${written}` } });
    })();
    const schema = await databases.openSchema();
    await reseal(schema, ring);
    await writing;
    await reseal(schema, ring);
    assert.equal((await stores.nodes.getRevealed(node?.uuid ?? "")).driver_info.password, "new-39");
    assert.deepEqual([...(await countByKey(schema)).keys()], [ring.primary?.id]);
  });
});

describe("ferric db rotate-key", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-rotate-"));
  after(() => rmSync(folder, { recursive: true }));
  const connection = `sqlite://${join(folder, "f.sqlite")}`;
  const file = join(folder, "f.sqlite.key");
  const config = defaultConfig({ database: { connection } });
  const env = { OS_DATABASE__CONNECTION: connection, OS_DEFAULT__STATE_PATH: folder };
  const rotate = (...args: readonly string[]) => new CommandRun(["db", "rotate-key", ...args], env).ended;

  it("makes a key, brings all under it while a process runs, and says when the old one can go", async () => {
    await using database = await openDatabase(config, silent);
    const secrets = await plant(database.stores, 5);
    const old = readFileSync(file, "utf8");
    const dry = await rotate("--dry-run", "--new-key");
    assert.match(dry.out, /^5 secrets are encrypted with key [0-9a-f]{16}\nThey would all be brought under a new key/);
    assert.equal(readFileSync(file, "utf8"), old, "nothing is changed");
    const { code, out } = await rotate("--new-key");
    assert.equal(code, 0, out);
    assert.match(out, /5 secrets were brought under the key\.\nAll stored secrets are encrypted with key/);
    assert.match(out, /encrypts nothing any more.*take it out of \S+f\.sqlite\.key/);
    const keys = readFileSync(file, "utf8");
    assert.deepEqual(keys.split("\n").filter((line) => line !== "" && !line.startsWith("#")).length, 2);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    for (const output of [dry.out, out])
      for (const key of keys.split("\n").slice(2, 4)) assert.ok(!output.includes(key));
    assert.deepEqual(await secretsOf(database.stores), secrets, "the running process has read the file again");
    await plant(database.stores, 1);
    assert.equal((await rotate()).code, 0, "what it wrote meanwhile comes under the key too");
    writeFileSync(file, keys.split("\n").toSpliced(3, 1).join("\n"));
    await using after = await openDatabase(config, silent);
    assert.equal((await secretsOf(after.stores)).length, 6);
  });

  it("leaves what was damaged alone until it is told to forget it", async () => {
    const schema = await openSchema(config, silent);
    await schema.engine.write(function* () {
      yield { sql: "update node_secrets set value = 'x' where id = 1", bindings: [] };
    });
    await schema.engine.close();
    const kept = await rotate("--new-key");
    assert.equal(kept.code, 1);
    assert.match(kept.out, /node_secrets .* cannot be decrypted/);
    const forgotten = await rotate("--forget-damaged");
    assert.equal(forgotten.code, 0, forgotten.err);
    assert.match(forgotten.out, /Forgotten: /);
    await using database = await openDatabase(config, silent);
    assert.equal((await secretsOf(database.stores)).filter((password) => password === "******").length, 1);
  });
});
