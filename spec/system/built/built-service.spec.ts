/** The program that is released: what it must not lose of the sources, and when the sources run in its place. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { builtProgram, ROOT } from "../../../tools/built-program.mjs";
import { CommandRun } from "../../support/command-run.ts";
import { FAKE_INTERFACES } from "../../support/fake-interfaces.ts";
import { IronicApi } from "../../support/ironic-api.ts";

const START_MS = 60_000;

/** Drivers of others import ours by file. What this one throws is known only where both are the same modules. */
const PLUGIN = `
import { InvalidParameterValue } from "${join(ROOT, "common/errors/request.ts")}";
const management = { properties: {}, validate: async () => {}, supportedBootDevices: async () => ["pxe"],
  getBootDevice: async () => { throw InvalidParameterValue({ reason: "acme knows no boot device" }); } };
export default {
  interfaces: [{ type: "management", name: "acme", make: () => management }],
  hardwareTypes: [{ name: "fake-hardware", supports: { management: ["acme"] } }],
};
`;

function settings(folder: string, options: Readonly<Record<string, string>> = {}): string {
  const DEFAULT = { ...FAKE_INTERFACES, auth_strategy: "noauth", ...options };
  const file = join(folder, "ferric.conf");
  const lines = Object.entries(DEFAULT).map(([name, value]) => `${name} = ${value}`);
  writeFileSync(file, ["[DEFAULT]", ...lines, "[dhcp]", "dhcp_provider = none", "[boot]", "http_port = 0"].join("\n"));
  return file;
}

/** With it tsx, and so whatever would run from the sources, ends at once. */
const NO_SOURCES = { TSX_TSCONFIG_PATH: "/nonexistent/tsconfig.json" };

describe("the built program", function () {
  this.timeout(2 * START_MS);
  let folder: string;
  let run: CommandRun | null = null;

  before(() => {
    if (builtProgram("serve") === null) execFileSync(process.execPath, [join(ROOT, "tools/bundle.mjs")]);
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-built-"));
  });
  afterEach(async () => {
    await run?.kill();
    run = null;
    rmSync(folder, { recursive: true, force: true });
  });

  async function serving(options: Readonly<Record<string, string>>, env = {}): Promise<IronicApi> {
    const args = ["serve", "--config-file", settings(folder, options), "--port", "0", "--data", folder];
    run = new CommandRun(args, env);
    const [, url = ""] = await run.said(/ferric is ready at (\S+)/);
    return new IronicApi(url);
  }

  it("is the whole service: a node is made, cleaned, deployed and taken down by it", async () => {
    const api = await serving({}, NO_SOURCES);
    const { uuid } = await api.must("POST", "/v1/nodes", { driver: "fake-hardware", name: "one" });
    for (const [verb, state] of [
      ["manage", "manageable"],
      ["provide", "available"],
      ["active", "active"],
      ["deleted", "available"],
    ] as const) {
      await api.provision("one", verb);
      assert.equal((await api.until("one", [state])).uuid, uuid);
    }
  });

  it("gives way to the sources where drivers of others are loaded", async () => {
    const file = join(folder, "acme.mjs");
    writeFileSync(file, PLUGIN);
    const api = await serving({ driver_plugins: file, enabled_management_interfaces: "fake,acme" });
    await api.must("POST", "/v1/nodes", { driver: "fake-hardware", name: "one", management_interface: "acme" });
    const { status, body } = await api.send("GET", "/v1/nodes/one/management/boot_device");
    assert.equal(status, 400);
    assert.match(JSON.stringify(body), /acme knows no boot device/);
  });

  it("is not what runs the tests", async () => {
    run = new CommandRun(["test", "--help"], NO_SOURCES);
    const { code, err } = await run.ended;
    assert.notEqual(code, 0);
    assert.match(err, /nonexistent/);
  });

  it("says what is wrong with its options, as the sources do", async () => {
    run = new CommandRun(["serve", "--config-file", settings(folder, { auth_strategy: "nobody" })], NO_SOURCES);
    const { code, err } = await run.ended;
    assert.equal(code, 2);
    assert.match(err, /\[DEFAULT\]auth_strategy/);
  });
});
