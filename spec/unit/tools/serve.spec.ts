/** The service as a process: starts, says so, refuses what it must, stops on a signal with the right exit code. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CommandRun } from "../../support/command-run.ts";
import { listening } from "../../support/loopback.ts";

describe("ferric as a process", function () {
  this.timeout(120_000);
  let folder: string;
  const runs: CommandRun[] = [];
  const servers: Server[] = [];
  const fake = { OS_DEFAULT__ENABLED_HARDWARE_TYPES: "fake-hardware" };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-serve-"));
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) server.close();
    for (const run of runs.splice(0)) {
      await run.kill();
    }
    rmSync(folder, { recursive: true, force: true });
  });

  function start(args: readonly string[], env: Readonly<Record<string, string>> = {}): CommandRun {
    const run = new CommandRun(args, env);
    runs.push(run);
    return run;
  }

  const conformance = (...args: string[]) => start(["conformance", "--port", "0", ...args]);
  const ready = async (run: CommandRun) => (await run.said(/is ready at (\S+)/))[1] ?? "";

  async function occupied(): Promise<number> {
    const server = createServer();
    servers.push(server);
    return await listening(server);
  }

  it("serves until SIGINT, then ends with 0 and leaves no lock", async () => {
    const run = conformance("--data", folder);
    const url = await ready(run);
    assert.equal((await fetch(`${url}/v1/nodes`)).status, 200);
    assert.ok(existsSync(join(folder, "ferric.pid")));
    run.child.kill("SIGINT");
    assert.equal((await run.ended).code, 0);
    assert.ok(!existsSync(join(folder, "ferric.pid")));
  });

  it("tells whether all settings are built, throws its database away, and ends with 0 on SIGTERM", async () => {
    const scratch = mkdtempSync(join(folder, "tmp-"));
    const run = start(["conformance", "--port", "0"], { TMPDIR: scratch });
    await ready(run);
    assert.match(run.out, /(left out, as not built yet|all settings hold)[\s\S]*throw-away database/);
    const kept = () => readdirSync(scratch).filter((name) => name.startsWith("ferric-"));
    assert.equal(kept().length, 1);
    run.child.kill("SIGTERM");
    assert.equal((await run.ended).code, 0);
    assert.deepEqual(kept(), []);
  });

  it("refuses a second service on the same data; once the first was killed, takes over its lock and data", async () => {
    const first = conformance("--data", folder);
    const url = await ready(first);
    const body = JSON.stringify({ driver: "fake-hardware", name: "kept" });
    const headers = { "content-type": "application/json", "x-openstack-ironic-api-version": "1.80" };
    assert.equal((await fetch(`${url}/v1/nodes`, { method: "POST", headers, body })).status, 201);
    const { code, err } = await conformance("--data", folder).ended;
    assert.equal(code, 1);
    assert.match(err, new RegExp(`another ferric \\(process ${first.child.pid}\\) uses ${folder}`));
    assert.equal((await fetch(`${url}/v1`)).status, 200);
    first.child.kill("SIGKILL");
    await first.ended;
    const second = conformance("--data", folder);
    assert.equal((await fetch(`${await ready(second)}/v1/nodes/kept`, { headers })).status, 200);
  });

  it("says which port is taken and how to choose another, and leaves nothing behind", async () => {
    const port = await occupied();
    const run = start(["conformance", "--port", String(port), "--data", folder]);
    const { code, err } = await run.ended;
    assert.equal(code, 1);
    assert.match(err, new RegExp(`port ${port} of 127\\.0\\.0\\.1 is in use.*npm start -- --port ${port + 1}`));
    assert.ok(!existsSync(join(folder, "ferric.pid")));
  });

  it("tells every problem of its configuration, and of its flags, with exit code 2", async () => {
    const file = join(folder, "ironic.conf");
    writeFileSync(file, "[DEFAULT]\nauth_strategy = keystone\n[api]\nport = x\n");
    const configured = await start(["serve", "--config", file]).ended;
    assert.equal(configured.code, 2);
    assert.match(
      configured.err,
      /2 problems:[\s\S]*ironic\.conf:4: \[api\]port = x[\s\S]*\[keystone_authtoken\]auth_url: is missing/,
    );
    const flagged = await start(["serve", "--nonsense"]).ended;
    assert.equal(flagged.code, 2);
    assert.match(flagged.err, /--nonsense.*ferric help serve/);
    assert.equal((await start(["nonsense"]).ended).code, 2);
  });

  it("checks a configuration without starting anything, drivers included", async () => {
    const file = join(folder, "ironic.conf");
    writeFileSync(
      file,
      "[DEFAULT]\nauth_strategy = noauth\nenabled_storage_interfaces = noop, cinder\n[neutron]\nx = 1\n",
    );
    const refused = await start(["config", "check", "--config-file", file]).ended;
    assert.equal(refused.code, 2);
    assert.match(refused.out, /warning: .*ironic\.conf:5: \[neutron\]x has no meaning here/);
    assert.match(refused.out, /enabled_storage_interfaces: "cinder" is not built yet/);
    const only = await start(["config", "check", "--config-file", file, "--default-enabled-storage-interfaces", "noop"])
      .ended;
    assert.equal(only.code, 0, only.out);
    assert.match(only.out, /can be used/);
    assert.deepEqual(readdirSync(folder), ["ironic.conf"]);
  });

  it("serves with options of the environment and a file, and logs its warnings", async () => {
    const file = join(folder, "ironic.conf");
    writeFileSync(
      file,
      `[DEFAULT]\nauth_strategy = noauth\nstate_path = ${folder}/state\n[api]\nhost_ip = 127.0.0.1\n[neutron]\nx = 1\n`,
    );
    const lists = [
      "bios",
      "boot",
      "console",
      "deploy",
      "firmware",
      "inspect",
      "management",
      "power",
      "raid",
      "rescue",
      "vendor",
    ];
    const env = Object.fromEntries(
      lists.map((kind) => [`OS_DEFAULT__ENABLED_${kind.toUpperCase()}_INTERFACES`, "fake"]),
    );
    const run = start(["serve", "--config-file", file], {
      ...fake,
      ...env,
      OS_API__PORT: "0",
      OS_BOOT__HTTP_PORT: "0",
    });
    const url = await ready(run);
    const { drivers } = (await (await fetch(`${url}/v1/drivers`)).json()) as { drivers: readonly { name: string }[] };
    assert.deepEqual(
      drivers.map((driver) => driver.name),
      ["fake-hardware"],
    );
    assert.match(run.err, /\[neutron\]x has no meaning here/);
    run.child.kill("SIGTERM");
    assert.equal((await run.ended).code, 0);
  });
});
