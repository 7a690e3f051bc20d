/** `npm start` as a process: deploys while one watches, is stopped or killed, and finds its data again. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CommandRun } from "../../support/command-run.ts";

const FIRST = ["--servers", "2", "--seconds", "1"];

/** What the serial console of a server shows to who follows its URL and presses Enter. */
async function shownConsole(url: string, server: string): Promise<string> {
  const at = `${url}/v1/nodes/${server}/states/console`;
  const headers = { "X-OpenStack-Ironic-API-Version": "1.90", "Content-Type": "application/json" };
  const asked = await fetch(at, { method: "PUT", headers, body: JSON.stringify({ enabled: true }) });
  assert.equal(asked.status, 202, await asked.text());
  for (;;) {
    const told = (await (await fetch(at, { headers })).json()) as { console_info: { url: string } | null };
    if (told.console_info !== null) return await firstLine(new URL(told.console_info.url));
    await pause(100);
  }
}

async function firstLine({ hostname, port }: URL): Promise<string> {
  const socket = connect(Number(port), hostname).setEncoding("latin1");
  try {
    socket.write("\r");
    let shown = "";
    for await (const text of socket) {
      shown += text;
      if (shown.includes(":")) break;
    }
    return shown;
  } finally {
    socket.destroy();
  }
}

describe("demonstration", function () {
  this.timeout(120_000);
  let folder: string;
  const runs: CommandRun[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-demo-"));
  });
  afterEach(async () => {
    for (const run of runs.splice(0)) await run.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(...args: string[]): CommandRun {
    const run = new CommandRun(["demo", "--port", "0", ...args], { FERRIC_STATE: folder });
    runs.push(run);
    return run;
  }

  it("tells each stage, then how to go on; finds its servers again, deploys the other, and then rebuilds", async () => {
    const run = start(...FIRST);
    const url = (await run.said(/OS_ENDPOINT=(\S+)/))[1];
    await run.said(/Ctrl-C stops/);
    const stages = [
      "deploying",
      "power on",
      "TFTP RRQ grub.cfg",
      "fetched kernel",
      "agent calls in",
      "write image",
      "100 %",
      "active",
    ];
    let at = 0;
    for (const stage of stages) {
      const found = run.out.indexOf(stage, at);
      assert.ok(found >= at, `${stage} is not told in its place:\n${run.out}`);
      at = found;
    }
    assert.match(run.out, /2 simulated servers enrolled/);
    assert.match(run.out, /baremetal node deploy server-2/);
    const headers = { "X-OpenStack-Ironic-API-Version": "1.90" };
    const states = (await (await fetch(`${url}/v1/nodes/server-1/states`, { headers })).json()) as Record<
      string,
      unknown
    >;
    assert.equal(states.provision_state, "active");
    assert.match(await shownConsole(String(url), "server-1"), /server-1 login:/);
    run.child.kill("SIGINT");
    assert.equal((await run.ended).code, 0);
    for (const [told, next] of [
      [/found 2 simulated servers.*1 active, 1 available[\s\S]*Deploying server-2/, /baremetal node rebuild server-1/],
      [/2 active[\s\S]*Rebuilding server-1/, /baremetal node rebuild server-1/],
    ] as const) {
      const again = start(...FIRST);
      await again.said(told);
      await again.said(next);
      again.child.kill("SIGTERM");
      assert.equal((await again.ended).code, 0, again.err);
    }
  });

  it("is stopped while a deploy runs, and killed while one runs, and still finds a server to deploy", async () => {
    const first = start("--servers", "1", "--seconds", "30");
    await first.said(/TFTP RRQ/);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = start();
    await second.said(/found 1 simulated[\s\S]*Deploying server-1[\s\S]*power on/);
    second.child.kill("SIGINT");
    const ended = second.ended;
    await second.said(/stopping/);
    second.child.kill("SIGINT");
    assert.equal((await ended).code, 130);
    await start().said(/Deploying server-1[\s\S]*power on/);
  });

  it("refuses a fleet of no size in words", async () => {
    const { code, err } = await start("--servers", "none").ended;
    assert.equal(code, 2);
    assert.match(err, /--servers wants a whole number from 1 to 99, got "none"/);
  });
});
