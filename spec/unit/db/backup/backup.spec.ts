import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { BackupDamaged, DatabaseInUse, DatabaseNotEmpty } from "../../../../common/errors/backup.ts";
import { silent } from "../../../../common/log.ts";
import { backUp } from "../../../../db/backup/backup.ts";
import { restore } from "../../../../db/backup/restore.ts";
import { migrate, schemaState } from "../../../../db/migrate.ts";
import { MIGRATIONS } from "../../../../db/migrations/index.ts";
import { SERVER_KINDS, whyNot } from "../../../support/database-servers.ts";
import { onEachDatabase, TestDatabases } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";
import { fill, rowsOfBackup, SECRET } from "./filled.ts";

const folder = mkdtempSync(join(tmpdir(), "ferric-backup-"));
after(() => rmSync(folder, { recursive: true }));
const fresh = () => join(folder, crypto.randomUUID());

describe("a backup that goes round all databases", () => {
  const kinds = ["libsql", ...SERVER_KINDS.filter((kind) => whyNot(kind) === null), "libsql"] as const;

  it(`is the same after ${kinds.join(", ")}`, async function () {
    this.timeout(120_000);
    const all = kinds.map((kind) => new TestDatabases(kind, true));
    try {
      let before: string | null = null;
      for (const databases of all) {
        if (before === null) await fill(await databases.open(), 300);
        const schema = await databases.openSchema();
        if (before !== null) await restore(schema, await databases.config(), before, silent);
        const file = fresh();
        await backUp(schema, file);
        if (before !== null) assert.deepEqual(rowsOfBackup(file), rowsOfBackup(before));
        before = file;
        const { nodes, ports } = await databases.open();
        const [node] = await nodes.list({ limit: 1 });
        const revealed = await nodes.getRevealed(node?.uuid ?? "");
        assert.equal(revealed.driver_info.ipmi_password, SECRET);
        assert.deepEqual(revealed.traits.toSorted(), ["CUSTOM_A", "CUSTOM_B"]);
        // New rows get numbers of their own.
        await ports.create({ uuid: crypto.randomUUID(), node_uuid: revealed.uuid, address: "52:54:00:ff:ff:ff" });
      }
    } finally {
      for (const databases of all) await databases.clear();
    }
  });
});

onEachDatabase(
  "restore",
  (databases) => {
    it("leaves the mark that machines must not be acted on, until it is acknowledged", async () => {
      const stores = await databases.open();
      await fill(stores);
      const file = fresh();
      await backUp(await databases.openSchema(), file);
      assert.equal(statSync(file).mode & 0o777, 0o600);
      await databases.clear();
      await restore(await databases.openSchema(), await databases.config(), file, silent);
      const { restores } = await databases.open();
      assert.equal((await restores.find())?.complete, true);
      assert.match((await restores.acknowledge())?.origin ?? "", /^the backup /);
      assert.equal(await restores.find(), null);
    });

    it("refuses a database that has records, and one that a conductor uses", async () => {
      const stores = await databases.open();
      await fill(stores, 1);
      const schema = await databases.openSchema();
      const file = fresh();
      await backUp(schema, file);
      await refusedWith(restore(schema, await databases.config(), file, silent), DatabaseNotEmpty, "has 1 rows");
      await databases.clear();
      const { conductors } = await databases.open();
      await conductors.register({ hostname: "c", boot_id: "b", conductor_group: "", drivers: [] }, []);
      await refusedWith(
        restore(await databases.openSchema(), await databases.config(), file, silent),
        DatabaseInUse,
        "c",
      );
    });

    it("brings a backup of an older schema up to this release", async () => {
      const old = await databases.openSchema();
      await migrate(old, silent, MIGRATIONS.slice(0, 5));
      await old.engine.write(function* () {
        yield { sql: "insert into chassis (uuid, created_at, extra) values ('u', 't', '{}')", bindings: [] };
      });
      const file = fresh();
      await backUp(old, file);
      await databases.clear();
      const schema = await databases.openSchema();
      await restore(schema, await databases.config(), file, silent);
      assert.deepEqual((await schemaState(schema)).missing, []);
      const { chassis, restores } = await databases.open();
      assert.equal((await chassis.list()).length, 1);
      assert.equal((await restores.find())?.complete, true);
    });
  },
  { fresh: true },
);

describe("a damaged backup", () => {
  const databases = new TestDatabases("libsql", true);
  let file = "";
  before(async () => {
    const source = new TestDatabases("libsql", true);
    await fill(await source.open());
    file = fresh();
    await backUp(await source.openSchema(), file);
    await source.clear();
  });
  afterEach(() => databases.clear());

  const damages: Readonly<Record<string, (copy: string) => void>> = {
    "is cut off": (copy) => truncateSync(copy, statSync(copy).size - 20),
    "lacks its last line": (copy) => rewrite(copy, (lines) => lines.slice(0, -1)),
    "lacks a row": (copy) => rewrite(copy, (lines) => lines.filter((line) => !line.includes("node-1"))),
    "has a changed value": (copy) => rewrite(copy, (lines) => lines.map((line) => line.replace("Reihe", "reihe"))),
    "has a flipped bit": (copy) => {
      const bytes = readFileSync(copy);
      bytes[400] = (bytes[400] ?? 0) ^ 4;
      writeFileSync(copy, bytes);
    },
    "is no gzip": (copy) => writeFileSync(copy, "hello"),
    "is something else": (copy) => writeFileSync(copy, gzipSync("{}\n")),
    "is empty": (copy) => writeFileSync(copy, ""),
  };

  for (const [what, damage] of Object.entries(damages))
    it(`that ${what} is refused before anything is touched`, async () => {
      const copy = fresh();
      writeFileSync(copy, readFileSync(file));
      damage(copy);
      const schema = await databases.openSchema();
      await refusedWith(restore(schema, await databases.config(), copy, silent), BackupDamaged, "Nothing was changed");
      assert.deepEqual((await schemaState(schema)).applied, []);
    });
});

function rewrite(file: string, change: (lines: string[]) => string[]): void {
  const lines = gunzipSync(readFileSync(file)).toString("utf8").trimEnd().split("\n");
  writeFileSync(file, gzipSync(`${change(lines).join("\n")}\n`));
}
