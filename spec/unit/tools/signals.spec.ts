/** The first signal asks, a second one forces; one that follows at once is the same one, passed on by a parent. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";

const SIGNALS = resolve(import.meta.dirname, "../../../tools/signals.ts");
const PROGRAM = `
  const { listenForStop } = await import(${JSON.stringify(SIGNALS)});
  const stop = listenForStop((text) => console.log(text.trim()));
  setInterval(() => {}, 1000);
  console.log("ready");
  await stop.stopped;
`;

describe("stop signals", () => {
  let child: ChildProcess;
  beforeEach(async () => {
    child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", PROGRAM], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await said("ready");
  });
  afterEach(() => child.kill("SIGKILL"));

  async function said(words: string): Promise<void> {
    for (let all = ""; !all.includes(words); ) all += String((await once(child.stdout ?? child, "data"))[0]);
  }

  for (const [signal, code] of [["SIGTERM", 143] as const, ["SIGINT", 130] as const])
    it(`a second ${signal} forces`, async () => {
      child.kill(signal);
      await said("stopping");
      await new Promise((done) => setTimeout(done, 600));
      child.kill(signal);
      const [ended] = await once(child, "exit");
      assert.equal(ended, code);
    });

  it("a SIGTERM that follows at once changes nothing", async () => {
    child.kill("SIGTERM");
    await said("stopping");
    child.kill("SIGTERM");
    await new Promise((done) => setTimeout(done, 300));
    assert.equal(child.exitCode, null);
  });
});
