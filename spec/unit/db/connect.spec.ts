import assert from "node:assert/strict";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, defaultConfig } from "../../../common/config/config.ts";
import { database as group } from "../../../common/config/groups/database.ts";
import {
  DatabaseDriverMissing,
  DatabaseKindUnknown,
  DatabaseOpenFailed,
  DatabaseUrlInvalid,
} from "../../../common/errors/database.ts";
import { silent } from "../../../common/log.ts";
import { openDatabase } from "../../../db/connect.ts";
import { newNode } from "./support/databases.ts";
import { refusedWith } from "./support/faults.ts";

describe("opening the database", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-db-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const config = (connection: string, database: Partial<Config["database"]> = {}) =>
    defaultConfig({ DEFAULT: { state_path: join(folder, "state") }, database: { connection, ...database } });

  const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

  it("without a URL makes a file below state_path, for the owner only", async () => {
    const database = await openDatabase(config(""), silent);
    await database.stores.nodes.create(newNode());
    const file = join(folder, "state", "ferric.sqlite");
    assert.deepEqual(
      [await mode(join(folder, "state")), await mode(file), await mode(`${file}-wal`)],
      ["700", "600", "600"],
    );
    await database[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  for (const slashes of ["///", "////"])
    it(`takes sqlite:${slashes}path as an absolute path`, async () => {
      const path = join(folder, "deep", "er", "db.sqlite");
      const database = await openDatabase(config(`sqlite:${slashes}${path.slice(1)}`), silent);
      await database[Symbol.asyncDispose]();
      assert.ok((await stat(path)).size > 0);
    });

  for (const url of ["sqlite://", "sqlite:///:memory:"])
    it(`keeps ${url} in memory, each opening its own, and never shows a write before it is committed`, async () => {
      await using one = await openDatabase(config(url), silent);
      await using two = await openDatabase(config(url), silent);
      const values = newNode({ driver_info: { password: "p" } });
      const writing = one.stores.nodes.create(values);
      assert.equal(await one.stores.nodes.find(values.uuid), null);
      await writing;
      assert.deepEqual((await one.stores.nodes.getRevealed(values.uuid)).driver_info, { password: "p" });
      assert.equal(await two.stores.nodes.count(), 0);
    });

  for (const scheme of ["oracle", "mssql+pyodbc"])
    it(`refuses ${scheme}, naming what there is, without showing the URL`, async () => {
      const open = () => openDatabase(config(`${scheme}://user:canary@host/ironic`), silent);
      await refusedWith(open, DatabaseKindUnknown, scheme, "postgresql://", "sqlite:///");
      await assert.rejects(open, (error: Error) => !error.message.includes("canary"));
    });

  it("refuses what is no absolute SQLite URL", async () => {
    for (const url of ["ferric.sqlite", "sqlite://relative/path", "sqlite:///a.sqlite?mode=ro"])
      await refusedWith(() => openDatabase(config(url), silent), DatabaseUrlInvalid, "[database]connection");
  });

  it("names the file and the reason when it cannot be opened", async () => {
    const file = join(folder, "garbage.sqlite");
    await writeFile(file, "this is not a database, but a text that is long enough to be taken for one".repeat(20));
    await refusedWith(
      () => openDatabase(config(`sqlite://${file}`), silent),
      DatabaseOpenFailed,
      file,
      "not a database",
    );
    const below = join(file, "db.sqlite");
    await refusedWith(() => openDatabase(config(`sqlite://${below}`), silent), DatabaseOpenFailed, below);
  });

  for (const driver of ["better-sqlite3", "sqlite3"] as const)
    it(`names the npm package when ${driver} is configured but not installed`, async function () {
      try {
        createRequire(import.meta.url).resolve(driver);
      } catch {
        const open = () => openDatabase(config("", { sqlite_driver: driver }), silent);
        await refusedWith(open, DatabaseDriverMissing, driver, "npm install");
        return;
      }
      this.skip();
    });

  it("understands oslo.db's form of sqlite_synchronous", () => {
    const words = ["FULL", "normal", "true", "False"].map((word) => group.sqlite_synchronous.parse(word));
    assert.deepEqual(words, ["FULL", "NORMAL", "FULL", "NORMAL"]);
    assert.throws(() => group.sqlite_synchronous.parse("OFF"), /OFF/);
  });
});
