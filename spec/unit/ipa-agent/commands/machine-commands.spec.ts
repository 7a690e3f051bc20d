import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { JsonObject } from "../../../../common/json.ts";
import { type SimulatedAgent, startSimulatedAgent } from "../../../support/simulated-agent.ts";
import { callAgent, NODE_UUID, runCommand, type StubService, startStubService } from "../support/stub-service.ts";
import { imageInfo, MIB } from "../support/write-bench.ts";

describe("commands on a machine", () => {
  let folder: string;
  let stub: StubService;
  let agent: SimulatedAgent;
  let beat: JsonObject;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-commands-"));
    stub = await startStubService();
    const first = stub.nextBeat();
    agent = await startSimulatedAgent({
      apiUrl: stub.url,
      macs: ["52:54:00:00:00:01"],
      folder,
      disks: [{ name: "sda", serial: "one", size: 64 * MIB }],
      bootMode: "uefi",
    });
    beat = await first;
  });

  afterEach(async () => {
    await agent.kill();
    await stub.close();
    await rm(folder, { recursive: true, force: true });
  });

  const step = (flow: string, name: string, more: object = {}) =>
    runCommand(beat, `${flow}.execute_${flow}_step`, {
      node: { uuid: NODE_UUID, properties: { root_device: { serial: "one" } } },
      ports: [],
      step: { interface: "deploy", step: name, priority: 10 },
      ...more,
    });

  it("offers the contract's steps with its priorities, and the versions of all managers", async () => {
    const { command_result: clean } = await runCommand(beat, "clean.get_clean_steps", { node: {}, ports: [] });
    const { clean_steps, hardware_manager_version } = clean as unknown as {
      clean_steps: Record<string, { step: string; priority: number; interface: string; abortable: boolean }[]>;
      hardware_manager_version: Record<string, string>;
    };
    const steps = Object.values(clean_steps).flat();
    assert.equal(steps.find((item) => item.step === "erase_devices")?.priority, 10);
    assert.equal(steps.find((item) => item.step === "erase_devices_metadata")?.priority, 99);
    assert.deepEqual(Object.keys(hardware_manager_version).sort(), ["FileDiskManager", "GenericHardwareManager"]);
    const { command_result: deploy } = await runCommand(beat, "deploy.get_deploy_steps", { node: {}, ports: [] });
    const text = JSON.stringify((deploy as JsonObject).deploy_steps);
    assert.match(text, /"step":"write_image","interface":"deploy","priority":0/);
  });

  it("returns the very step it was given, as the conductor compares it", async () => {
    const result = await step("clean", "erase_devices_metadata");
    assert.equal(result.command_status, "SUCCEEDED", JSON.stringify(result));
    assert.deepEqual(result.command_result, {
      clean_result: null,
      clean_step: { interface: "deploy", step: "erase_devices_metadata", priority: 10 },
    });
  });

  it("asks for steps to be fetched again when its managers are not those they came from", async () => {
    const result = await step("clean", "erase_devices_metadata", { clean_version: { Other: "1" } });
    assert.equal(result.command_status, "CLEAN_VERSION_MISMATCH");
  });

  it("fails an unknown step by name, listing the known ones", async () => {
    const result = await step("clean", "polish");
    assert.match(String((result.command_error as JsonObject).message), /no clean step polish; known: erase_devices/);
  });

  it("touches no disk when none matches the hints, and lists those seen", async () => {
    const image = randomBytes(MIB);
    stub.files.set("/i", { body: image });
    const result = await runCommand(beat, "deploy.execute_deploy_step", {
      node: { uuid: NODE_UUID, properties: { root_device: { serial: "other" } } },
      step: { interface: "deploy", step: "write_image", args: { image_info: imageInfo(`${stub.url}/i`, image) } },
    });
    assert.equal(result.command_status, "FAILED");
    assert.match(String((result.command_error as JsonObject).message), /no disk matches .*"other".*serial one/);
    assert.ok((await readFile(agent.diskPath("sda"))).equals(Buffer.alloc(64 * MIB)));
  });

  it("refuses partition images, images without checksum and with a forbidden one", async () => {
    for (const [over, reason] of [
      [{ image_type: "partition" }, /partition image/],
      [{ os_hash_algo: null, os_hash_value: null }, /has no checksum/],
      [
        { os_hash_algo: null, os_hash_value: null, checksum: "0".repeat(32) },
        /MD5 checksum, which the service does not allow/,
      ],
      [{ disk_format: "vmdk" }, /writes raw and qcow2/],
      [{ urls: ["file:///etc/passwd"] }, /only http and https/],
    ] as const) {
      const info = imageInfo(`${stub.url}/i`, Buffer.alloc(0), over);
      const result = await runCommand(beat, "standby.prepare_image", { image_info: info });
      assert.match(JSON.stringify(result.command_error), reason);
    }
  });

  it("fails a UEFI boot entry for a disk without a system partition, unless that is to be ignored", async () => {
    const params = { root_uuid: null, efi_system_part_uuid: null, prep_boot_part_uuid: null, target_boot_mode: "uefi" };
    const node = { uuid: NODE_UUID, properties: { root_device: { serial: "one" } } };
    await runCommand(beat, "poll.set_node_info", { node_info: { node } });
    const result = await runCommand(beat, "image.install_bootloader", params);
    assert.match(JSON.stringify(result.command_error), /no EFI system partition/);
    const ignored = await runCommand(beat, "image.install_bootloader", { ...params, ignore_bootloader_failure: true });
    assert.equal(ignored.command_status, "SUCCEEDED");
  });

  it("sets the rescue password and beats no more", async () => {
    const result = await runCommand(beat, "rescue.finalize_rescue", { rescue_password: "$6$x$y", hashed: true });
    assert.equal(result.command_status, "SUCCEEDED");
    assert.deepEqual(JSON.parse(await readFile(join(folder, "rescue.json"), "utf8")), {
      password: "$6$x$y",
      hashed: true,
    });
    await agent.said(/heartbeats have ended/);
    assert.ok(!agent.output().includes("$6$x$y"));
  });

  it("runs a flow of commands in order", async () => {
    const result = await runCommand(beat, "flow.start_flow", {
      flow: [{ "standby.sync": {} }, { "poll.get_hardware_info": {} }],
    });
    const list = (result.command_result as JsonObject).result as JsonObject[];
    assert.equal(list.length, 2);
    assert.equal(list[1]?.hostname, "simulated");
  });

  it("gives its logs, with what it said", async () => {
    const result = await runCommand(beat, "log.collect_system_logs");
    const archive = gunzipSync(Buffer.from(String((result.command_result as JsonObject).system_logs), "base64"));
    assert.match(archive.toString("latin1"), /agent\.log.*this machine is node/s);
    assert.ok(!archive.includes("token-of-the-test"));
  });

  it("answers before it powers off", async () => {
    const answer = await callAgent(beat, {
      method: "POST",
      body: { name: "standby.power_off", params: {} },
      wait: false,
    });
    assert.equal(answer.status, 200);
    assert.equal(await agent.exited, 0);
    assert.equal(await readFile(join(folder, "last-power-action"), "utf8"), "power off");
  });
});
