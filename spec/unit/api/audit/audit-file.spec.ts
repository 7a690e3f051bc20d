/** The chain of an audit file: whole through restarts, rotation and torn lines, broken by every change. */
import assert from "node:assert/strict";
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuditFile } from "../../../../api/audit/audit-file.ts";
import { hashOf } from "../../../../common/audit/chain.ts";
import { AuditFileUnusable } from "../../../../common/errors/audit.ts";
import { silent } from "../../../../common/log.ts";
import { checkFiles } from "../../../../tools/commands/audit.ts";
import { CommandRun } from "../../../support/command-run.ts";

describe("audit file", function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-audit-file-"));
  after(() => rmSync(folder, { recursive: true }));
  const fresh = () => join(folder, crypto.randomUUID());

  const verify = (...files: readonly string[]) => checkFiles(files, null);

  function written(count: number, path = fresh()): string {
    using file = new AuditFile(path, "never", silent);
    for (let number = 0; number < count; number += 1) file.write({ event: "test", number });
    return path;
  }

  const linesOf = (path: string) => readFileSync(path, "utf8").trimEnd().split("\n");

  it("goes on in its chain when it is opened again", async () => {
    const path = written(3);
    written(2, path);
    const { lines, breaks, notes, head } = await verify(path);
    assert.deepEqual([lines, breaks, notes], [5, [], []]);
    assert.equal(head, hashOf(linesOf(path).at(-1) ?? ""));
  });

  it("is followed by a new one in the same chain when it was moved away", async () => {
    const path = fresh();
    using file = new AuditFile(path, "never", silent);
    file.write({ number: 1 });
    renameSync(path, `${path}.1`);
    file.reopen();
    file.write({ number: 2 });
    renameSync(path, `${path}.2`);
    await new Promise((done) => setTimeout(done, 1100));
    file.write({ number: 3 });
    assert.equal(linesOf(path).length, 1, "noticed without a signal");
    const { lines, breaks } = await verify(`${path}.1`, `${path}.2`, path);
    assert.deepEqual([lines, breaks], [3, []]);
    assert.match((await verify(path)).notes.join(), /follows a line of an earlier file/);
    assert.equal((await verify(`${path}.1`, path)).breaks.length, 1, "a file is missing");
  });

  it("goes on behind a line that a crash cut off, and says so", async () => {
    const path = written(3);
    truncateSync(path, readFileSync(path).length - 20);
    assert.match((await verify(path)).notes.join(), /:3 is no whole record: the file ends/);
    written(2, path);
    const { breaks, notes } = await verify(path);
    assert.deepEqual(breaks, []);
    assert.match(notes.join(), /:3 is no whole record: a crash/);
  });

  const damages: Readonly<Record<string, (lines: readonly string[]) => readonly string[]>> = {
    "changed by one character": (lines) => lines.map((line, at) => (at === 1 ? line.replace("test", "tess") : line)),
    "made unreadable": (lines) => lines.map((line, at) => (at === 1 ? line.slice(1) : line)),
    "taken out": (lines) => lines.filter((_, at) => at !== 1),
    "put in between": (lines) => lines.flatMap((line, at) => (at === 1 ? [line, line] : [line])),
    "exchanged with the next": ([first = "", second = "", third = "", ...rest]) => [first, third, second, ...rest],
    "never of an audit log": () => ["# something", "# else"],
  };
  for (const [what, damage] of Object.entries(damages))
    it(`shows a line that was ${what}`, async () => {
      const path = written(5);
      writeFileSync(path, `${damage(linesOf(path)).join("\n")}\n`);
      assert.ok((await verify(path)).breaks.length > 0);
    });

  it("shows that its end was cut off to who has noted a later hash", async () => {
    const path = written(5);
    const head = hashOf(linesOf(path).at(-1) ?? "");
    writeFileSync(path, `${linesOf(path).slice(0, 3).join("\n")}\n`);
    assert.deepEqual((await verify(path)).breaks, [], "nothing in the file tells");
    assert.match((await checkFiles([path], head)).breaks.join(), /cut off/);
  });

  it("names a request that has no answer", async () => {
    const path = fresh();
    using file = new AuditFile(path, "never", silent);
    file.write({ event: "request", request_id: "a" });
    file.write({ event: "request", request_id: "b" });
    file.write({ event: "answer", request_id: "b" });
    const { notes } = await verify(path);
    assert.deepEqual([notes.length, /:1: the request has no answer/.test(notes.join())], [1, true]);
  });

  it("is checked by a command, whose exit code tells", async () => {
    const path = written(2);
    const run = async (...args: readonly string[]) => await new CommandRun(["audit", "verify", ...args]).ended;
    const [whole, broken] = await Promise.all([run(path), run("--head", "0a", path)]);
    assert.deepEqual([whole.code, broken.code], [0, 1]);
    assert.match(whole.out, /^2 lines, the chain is whole; hash of the last line: [0-9a-f]{64}$/m);
    assert.match(broken.out, /^BROKEN: no line has the hash 0a/m);
  });

  it("refuses a place that cannot be written, at start", () => {
    const path = fresh();
    appendFileSync(path, "");
    assert.throws(() => new AuditFile(join(path, "below"), "never", silent), AuditFileUnusable.matches);
  });
});
