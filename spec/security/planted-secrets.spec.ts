/**
 * Secrets are planted in all places that take them, a machine is deployed with logs at debug level, and everything that
 * the service has written, answered or started is searched for them.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { FerricEvent } from "../../common/events.ts";
import { Closing } from "../../tools/closing.ts";
import { CommandRun } from "../support/command-run.ts";
import { FerricProcess } from "../support/ferric-process.ts";
import { ImageServer } from "../support/image-server.ts";
import { hasIpmiSim, IpmiSim } from "../support/ipmi-sim.ts";
import { IronicApi } from "../support/ironic-api.ts";
import { basic, TestPasswords } from "../support/password-file.ts";
import { Machine } from "../support/rack.ts";
import { filesBelow, SecretWatch } from "../support/secret-watch.ts";
import { follow } from "../system/lab/event-stream.ts";

/** What IpmiSim takes. */
const BMC_PASSWORD = "secretpass";
const canary = (what: string) => `canary-${what}-5e1f`;
const both = (kind: string, other: string) => `${kind},${other}`;

const settings = (htpasswd: string) => ({
  DEFAULT: {
    debug: true,
    auth_strategy: "http_basic",
    http_basic_auth_user_file: htpasswd,
    enabled_hardware_types: both("fake-hardware", "ipmi"),
    enabled_boot_interfaces: both("fake", "ipxe"),
    enabled_management_interfaces: both("fake", "ipmitool"),
    enabled_power_interfaces: both("fake", "ipmitool"),
    ...Object.fromEntries(
      ["bios", "console", "firmware", "inspect", "raid", "rescue", "vendor"].map((kind) => [
        `enabled_${kind}_interfaces`,
        both("fake", `no-${kind}`),
      ]),
    ),
  },
  audit: { ramdisk: true },
  ipmi: { command_retry_timeout: 3, min_command_interval: 1 },
  keystone_authtoken: { password: canary("keystone") },
  redis: { password: canary("redis") },
});

describe("planted secrets", function () {
  this.timeout(180_000);
  let folder = "";
  let ferric: FerricProcess;
  let api: IronicApi;
  let machine: Machine;
  let watch: SecretWatch;
  let answers = "";
  const events: FerricEvent[] = [];
  const closing = new Closing();
  const defer = (undo: () => unknown) => closing.add({ [Symbol.asyncDispose]: async () => void (await undo()) });

  before(async function () {
    if (!hasIpmiSim()) return this.skip();
    folder = mkdtempSync(join(tmpdir(), "ferric-planted-"));
    defer(() => rmSync(folder, { recursive: true, force: true }));
    const passwords = new TestPasswords({ admin: canary("caller") });
    defer(() => passwords[Symbol.dispose]());
    ferric = await FerricProcess.create({ folder, settings: settings(passwords.path) });
    defer(() => ferric.stop("SIGKILL"));
    await ferric.start();
    watch = new SecretWatch(() => [ferric.pid, machine?.agent?.pid ?? 0]);
    defer(() => watch[Symbol.dispose]());
    const headers = basic("admin", canary("caller"));
    api = new IronicApi(ferric.url, { headers, onAnswer: (text) => (answers += `${text}\n`) });
    const stop = new AbortController();
    void follow(`${ferric.url}/ferric/v1/events`, events, stop.signal, headers);
    defer(() => stop.abort());
    const hash = readFileSync(passwords.path, "utf8").trim().split(":")[1] ?? "?";
    for (const [name, secret] of Object.entries({ BMC_PASSWORD, hash, header: headers.authorization.slice(6) }))
      watch.plant(name, secret);
    for (const name of ["keystone", "redis", "caller", "chap", "drive", "console", "community"])
      watch.plant(name, canary(name));
    await deploy();
  });
  after(() => closing[Symbol.asyncDispose]());

  async function deploy(): Promise<void> {
    const sim = await IpmiSim.start();
    defer(() => sim.stop());
    const images = await ImageServer.start();
    defer(() => images[Symbol.asyncDispose]());
    const driver_info = {
      ipmi_address: "127.0.0.1",
      ipmi_port: sim.port,
      ipmi_username: "admin",
      ipmi_password: BMC_PASSWORD,
      console_password: canary("console"),
      snmp_community: canary("community"),
      deploy_kernel: images.url,
      deploy_ramdisk: images.url,
    };
    machine = await Machine.create({
      api,
      url: ferric.url,
      folder: join(folder, "machine"),
      node: { driver: "ipmi", driver_info, properties: { capabilities: "boot_mode:bios" }, automated_clean: true },
      wentOff: () => sim.setPower("0"),
    });
    defer(() => machine[Symbol.asyncDispose]());
    await api.must("POST", "/v1/volume/targets", {
      node_uuid: machine.uuid,
      volume_type: "iscsi",
      volume_id: "v1",
      boot_index: 0,
      properties: { target_iqn: "iqn.2026-01.example:t", auth_username: "u", auth_password: canary("chap") },
    });
    await api.patch(machine.uuid, { "/automated_clean": false });
    await machine.provide();
    const { url, sha256 } = images;
    await api.patch(machine.uuid, {
      "/instance_info": {
        image_source: url,
        image_os_hash_algo: "sha256",
        image_os_hash_value: sha256,
        image_disk_format: "raw",
        root_device: { serial: "disk-b" },
      },
    });
    const configdrive = { user_data: `#cloud-config\n# ${canary("drive")}\n`, meta_data: { secret: canary("drive") } };
    await api.provision(machine.uuid, "active", { configdrive });
    const node = await api.until(machine.uuid, ["active", "deploy failed"], 120);
    assert.equal(node.provision_state, "active", node.last_error ?? "");
    const token = await machine.token();
    assert.ok(token !== null && token.length > 20, "there was a token to look for");
    watch.plant("the agent's token", token);
  }

  it("show in no answer, event or entry of a history", async () => {
    for (const path of ["?detail=true", `/${machine.uuid}/history?detail=true`, `/${machine.uuid}/states`])
      await api.must("GET", `/v1/nodes${path}`);
    await api.must("GET", "/v1/volume/targets?detail=true");
    await api.must("GET", `/ferric/v1/nodes/${machine.uuid}/progress`);
    assert.ok(answers.includes("******") && events.length > 10, "something was answered and told");
    watch.check("an answer", answers);
    watch.check("an event", JSON.stringify(events));
  });

  it("show in no log", () => {
    const log = readFileSync(join(folder, "ferric.log"), "utf8");
    assert.ok(log.includes(machine.uuid));
    watch.check("ferric's log", log);
  });

  it("show in no file of the service, the database and its write-ahead log among them", () => {
    const names = watch.checkFilesBelow(join(folder, "state"));
    for (const name of ["ferric.sqlite", "ferric.sqlite-wal", "ferric.sqlite.key"]) assert.ok(names.has(name), name);
    const audit = [...names].find((name) => /^audit-\d+\.log$/.test(name));
    assert.ok(audit !== undefined && readFileSync(join(folder, "state", audit), "utf8").includes(machine.uuid));
  });

  it("show in no argument and no environment of a process", () => {
    assert.ok(
      watch.processes.some((line) => line.includes("ipmitool")),
      "ipmitool was seen",
    );
    watch.check("a process's arguments or environment", watch.processes.join("\n"));
    for (const what of ["cmdline", "environ"])
      watch.check(`ferric's own ${what}`, readFileSync(`/proc/${ferric.pid}/${what}`, "utf8"));
  });

  it("show in no backup, check or display of the configuration", async () => {
    const config = ["--config-file", join(folder, "ferric.conf")];
    const backup = join(folder, "backup.gz");
    const runs = [
      ["db", "backup", backup],
      ["doctor", "--json"],
      ["config", "show", "--all"],
      ["db", "rotate-key", "--dry-run"],
    ];
    for (const args of runs) {
      const { out, err } = await new CommandRun([...args, ...config]).ended;
      watch.check(`what ferric ${args.join(" ")} says`, out + err);
    }
    const rows = gunzipSync(readFileSync(backup)).toString("utf8");
    assert.ok(rows.includes(machine.uuid));
    watch.check("the backup", rows);
    const key = readFileSync(join(folder, "state/ferric.sqlite.key"), "utf8").trim().split("\n").at(-1) ?? "?";
    assert.ok(!rows.includes(key), "the backup holds no key");
  });

  it("cannot be had by a debugger or a core dump", async () => {
    process.kill(ferric.pid, "SIGUSR1");
    await api.must("GET", "/v1/nodes");
    assert.ok(!readFileSync(join(folder, "ferric.log"), "utf8").includes("Debugger listening"));
    const limits = readFileSync(`/proc/${ferric.pid}/limits`, "utf8");
    assert.match(limits, /^Max core file size +0 +0 /m);
    const dumps = filesBelow(folder).filter((file) =>
      /(^core|\.heapsnapshot$|^report\..*\.json$)/.test(file.split("/").at(-1) ?? ""),
    );
    assert.deepEqual(dumps, []);
  });

  it("would be found: what is searched for is there when it is written plain", () => {
    const file = join(folder, "control");
    writeFileSync(file, `x${canary("chap")}x`);
    assert.throws(() => watch.checkBytes(file, readFileSync(file)), /chap shows in/);
  });
});
