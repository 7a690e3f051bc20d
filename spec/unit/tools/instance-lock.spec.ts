/** One service a state folder: the second is refused, what a killed one left is taken over. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lockFolder } from "../../../tools/instance-lock.ts";

const MODULE = join(import.meta.dirname, "../../../tools/instance-lock.ts");

describe("lock on the state folder", () => {
  let folder: string;
  const children: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-lock-"));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** Another process that takes the lock; resolves to what it says: "taken", or why not. */
  async function other(): Promise<{ said: string; child: ChildProcess }> {
    const code = `import { lockFolder } from ${JSON.stringify(MODULE)};
      try { lockFolder(${JSON.stringify(folder)}); console.log("taken"); setInterval(() => {}, 1000); }
      catch (error) { console.log(error.message); }`;
    const child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", code], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    children.push(child);
    const said = await new Promise<string>((resolve) =>
      child.stdout.once("data", (chunk) => resolve(String(chunk).trim())),
    );
    return { said, child };
  }

  it("refuses the second, naming process, folder and remedy", async () => {
    using _lock = lockFolder(folder);
    const { said } = await other();
    assert.match(said, new RegExp(`process ${process.pid}\\) uses ${folder}.*--data`));
  });

  it("refuses another in the same process too", () => {
    using _lock = lockFolder(folder);
    assert.throws(() => lockFolder(folder), /another ferric/);
  });

  it("is free again, with nothing left, once it was released", () => {
    {
      using _lock = lockFolder(folder);
    }
    assert.deepEqual(readdirSync(folder), []);
    using _again = lockFolder(folder);
  });

  it("takes over from a process that was killed", async () => {
    const { said, child } = await other();
    assert.equal(said, "taken");
    assert.throws(() => lockFolder(folder), new RegExp(`process ${child.pid}`));
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
    using _lock = lockFolder(folder);
    assert.equal(JSON.parse(readFileSync(join(folder, "ferric.pid"), "utf8")).pid, process.pid);
  });

  it("is not misled by a process that has the number now but is another", () => {
    writeFileSync(join(folder, "ferric.pid"), JSON.stringify({ pid: process.pid, birth: "another boot 1" }));
    using _lock = lockFolder(folder);
  });

  it("takes over a file that holds garbage", () => {
    for (const text of ["", "{", "null", '{"pid":"x"}']) {
      writeFileSync(join(folder, "ferric.pid"), text);
      lockFolder(folder)[Symbol.dispose]();
    }
  });

  it("lets one win of several that start at once on what a dead one left", async () => {
    writeFileSync(join(folder, "ferric.pid"), JSON.stringify({ pid: 2 ** 22 + 1, birth: null }));
    const said = (await Promise.all([other(), other(), other(), other()])).map((one) => one.said);
    assert.equal(said.filter((text) => text === "taken").length, 1, said.join("\n"));
  });

  it("says which option to set when the folder cannot be made", () => {
    writeFileSync(join(folder, "file"), "");
    assert.throws(() => lockFolder(join(folder, "file", "below")), /cannot be made.*state_path or --data/);
  });
});
