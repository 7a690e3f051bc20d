/** `ferric db upgrade`, `status` and `version`, as an operator runs them. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MIGRATIONS } from "../../../db/migrations/index.ts";
import { CommandRun } from "../../support/command-run.ts";
import { SERVER_KINDS, serverOf, whyNot } from "../../support/database-servers.ts";

const last = MIGRATIONS.at(-1);
const NEWEST = `${last?.id} ${last?.name}`;

describe("ferric db", function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-db-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const db = (words: string, env: Readonly<Record<string, string>> = {}) =>
    new CommandRun(["db", ...words.split(" "), "--data", join(folder, "data")], env).ended;

  it("tells of a file that is not there without making it, then makes it", async () => {
    const before = await db("status");
    assert.equal(before.code, 1);
    assert.match(before.out, /^schema +none$/m);
    assert.ok(before.out.includes(NEWEST) && !existsSync(join(folder, "data")));
    const dry = await db("upgrade --dry-run");
    assert.match(dry.out, /^-- 1 first\ncreate table `chassis`/);
    assert.ok(!existsSync(join(folder, "data")));
    assert.equal((await db("upgrade")).code, 0);
    assert.deepEqual([(await db("version")).out, (await db("status")).code], [`${NEWEST}\n`, 0]);
    assert.match((await db("upgrade --dry-run")).out, /nothing to do/);
  });

  for (const kind of SERVER_KINDS) {
    const reason = whyNot(kind);
    if (reason !== null) it.skip(`skipped on ${kind}: ${reason}`);
    else
      it(`may be told to upgrade by two at once (${kind})`, async () => {
        const env = { OS_DATABASE__CONNECTION: await (await serverOf(kind)).create() };
        const both = await Promise.all([db("upgrade", env), db("upgrade", env)]);
        assert.deepEqual(
          both.map(({ code }) => code),
          [0, 0],
          both.map(({ err }) => err).join("\n"),
        );
        assert.equal(both.filter(({ out }) => out.includes("Applied: 1 first")).length, 1);
        const { out, code } = await db("status", env);
        assert.equal(code, 0);
        assert.match(out, kind === "mariadb" ? /innodb_flush_log_at_trx_commit = 0/ : /fsync = off/);
      });
  }
});
