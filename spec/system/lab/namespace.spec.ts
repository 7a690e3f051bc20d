/** What a lab leaves behind when it is stopped: no process, also of those that its processes started. */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { endAllIn, pidsIn } from "./namespace.ts";

/** Starts another one that does not listen to SIGTERM, and says so when both are there. */
const PARENT = `
const deaf = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')";
require("node:child_process").spawn(process.execPath, ["-e", deaf], { stdio: "inherit", detached: true });
setInterval(() => {}, 1000);
`;

describe("processes of a lab's network namespace", function () {
  this.timeout(60_000);
  const namespace = `ferric-spec-${process.pid}`;
  before(function () {
    if (process.getuid?.() !== 0) this.skip();
    if (spawnSync("ip", ["netns", "add", namespace], { timeout: 10_000 }).status !== 0) this.skip();
  });
  after(() => {
    spawnSync("ip", ["netns", "del", namespace], { timeout: 10_000 });
  });

  it("end when it is stopped, with what they started, and those that ignore the request too", async () => {
    const parent = spawn("ip", ["netns", "exec", namespace, process.execPath, "-e", PARENT], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const ended = once(parent, "exit");
    await once(parent.stdout, "data");
    const before = pidsIn(namespace);
    assert.equal(before.length, 2);
    assert.ok(before.includes(parent.pid ?? 0));
    endAllIn(namespace);
    await ended;
    assert.equal(parent.signalCode, "SIGTERM");
    for (let tries = 0; pidsIn(namespace).length > 0 && tries < 100; tries++)
      await new Promise((next) => setTimeout(next, 100));
    assert.deepEqual(pidsIn(namespace), []);
  });

  it("are none where there is no such namespace", () => {
    assert.deepEqual(pidsIn("ferric-no-such"), []);
    endAllIn("ferric-no-such");
  });
});
