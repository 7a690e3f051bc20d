/** Fast track with the real agent: cleaning leaves the ramdisk running, and the deploy goes on with the very same one. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FerricEvent } from "../../../common/events.ts";
import { FerricProcess, pause } from "../../support/ferric-process.ts";
import { ImageServer } from "../../support/image-server.ts";
import { IronicApi } from "../../support/ironic-api.ts";
import { Machine } from "../../support/rack.ts";
import { startSimulatedAgent } from "../../support/simulated-agent.ts";
import { follow } from "../lab/event-stream.ts";

/** What machines without a BMC need beside the fakes. */
const MANUAL = Object.fromEntries(
  ["bios", "console", "firmware", "inspect", "raid", "rescue", "vendor"].map((type) => [
    `enabled_${type}_interfaces`,
    `fake,no-${type}`,
  ]),
);
const CLEAN = { clean_steps: [{ interface: "deploy", step: "erase_devices_metadata" }] };

describe("fast track", function () {
  this.timeout(120_000);
  let folder: string;
  let ferric: FerricProcess;
  let api: IronicApi;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "ferric-fast-"));
    for (const name of ["kernel", "initramfs"]) writeFileSync(join(folder, name), name);
    const settings = {
      DEFAULT: {
        ...MANUAL,
        enabled_hardware_types: "fake-hardware,manual-management",
        enabled_boot_interfaces: "fake,ipxe",
        enabled_management_interfaces: "fake,noop",
        enabled_power_interfaces: "fake,agent",
      },
      conductor: {
        file_url_allowed_paths: folder,
        deploy_kernel: `file://${folder}/kernel`,
        deploy_ramdisk: `file://${folder}/initramfs`,
      },
      deploy: { fast_track: true, fast_track_timeout: 60 },
    };
    ferric = await FerricProcess.create({ folder, settings });
    await ferric.start();
    api = new IronicApi(ferric.url);
  });
  after(async () => {
    await ferric.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const deploy = async (node: string, images: ImageServer) => {
    await api.patch(node, {
      "/instance_info/image_source": images.url,
      "/instance_info/image_os_hash_algo": "sha256",
      "/instance_info/image_os_hash_value": images.sha256,
      "/instance_info/image_disk_format": "raw",
    });
    await api.provision(node, "active");
    return api.until(node, ["active", "deploy failed"], 90);
  };
  const clean = async (node: string) => {
    await api.provision(node, "clean", CLEAN);
    return api.until(node, ["manageable", "clean failed"]);
  };
  const manage = async (node: string) => {
    await api.provision(node, "manage");
    return api.until(node, ["manageable", "enroll"]);
  };

  it("takes one boot for two cleanings and a deploy", async () => {
    const events: FerricEvent[] = [];
    const end = new AbortController();
    const following = follow(`${ferric.url}/ferric/v1/events`, events, end.signal);
    await using images = await ImageServer.start();
    await using machine = await Machine.create({ api, url: ferric.url, folder: join(folder, "one") });
    await manage(machine.uuid);
    const first = await clean(machine.uuid);
    assert.deepEqual([first.provision_state, first.power_state, first.last_error], ["manageable", "power on", null]);
    const ramdisk = machine.agent?.pid;
    assert.ok(ramdisk);
    assert.equal((await clean(machine.uuid)).provision_state, "manageable");
    await api.provision(machine.uuid, "provide");
    await api.until(machine.uuid, ["available"]);
    assert.equal(machine.agent?.pid, ramdisk, "the ramdisk runs on");
    const done = await deploy(machine.uuid, images);
    assert.deepEqual([done.provision_state, done.last_error], ["active", null]);
    end.abort();
    await following;
    const switched = events.flatMap((event) => (event.type === "node.power" ? [event.requested] : []));
    // Off before the first cleaning, on for the ramdisk, off after the image, on for the instance.
    assert.deepEqual(switched, ["power off", "power on", "power off", "power on"]);
    const { agent_url } = done.driver_internal_info as Record<string, unknown>;
    assert.equal(agent_url, undefined, "the instance has no agent");
  });

  it("boots anew after the machine was switched off", async () => {
    await using machine = await Machine.create({ api, url: ferric.url, folder: join(folder, "two") });
    await manage(machine.uuid);
    await clean(machine.uuid);
    const ramdisk = machine.agent?.pid;
    await api.must("PUT", `/v1/nodes/${machine.uuid}/states/power`, { target: "power off" });
    await api.until(machine.uuid, ["manageable"]);
    assert.equal((await clean(machine.uuid)).provision_state, "manageable");
    assert.ok(machine.agent?.pid);
    assert.notEqual(machine.agent.pid, ramdisk);
  });

  it("is off for a node that says so", async () => {
    const node = { driver_info: { fast_track: false } };
    await using machine = await Machine.create({ api, url: ferric.url, folder: join(folder, "three"), node });
    await manage(machine.uuid);
    const cleaned = await clean(machine.uuid);
    assert.deepEqual([cleaned.provision_state, cleaned.power_state], ["manageable", "power off"]);
  });

  it("is how a machine without a BMC is managed: only its agent can restart it", async () => {
    await using images = await ImageServer.start();
    const mac = "52:54:00:00:00:77";
    const properties = { capabilities: "boot_mode:bios" };
    const { uuid } = await api.must("POST", "/v1/nodes", {
      ...{ driver: "manual-management", power_interface: "agent", boot_interface: "ipxe", deploy_interface: "direct" },
      ...{ automated_clean: false, properties },
    });
    const node = String(uuid);
    await api.must("POST", "/v1/ports", { node_uuid: node, address: mac });
    assert.match(
      (await manage(node)).last_error ?? "",
      /agent of node .* seems to be offline.*into the ramdisk by hand/,
    );

    const disks = [{ name: "sda", serial: "disk-a", size: 5 * 1024 ** 3 }];
    const machine = join(folder, "four");
    const ramdisk = await startSimulatedAgent({ apiUrl: ferric.url, macs: [mac], folder: machine, disks });
    try {
      await ramdisk.said(/heartbeat accepted|listening/);
      await heard(node);
      const managed = await manage(node);
      assert.deepEqual([managed.provision_state, managed.power_state], ["manageable", "power on"]);
      assert.deepEqual((await clean(node)).last_error, null);
      await api.provision(node, "provide");
      await api.until(node, ["available"]);
      const done = await deploy(node, images);
      assert.deepEqual([done.provision_state, done.last_error], ["active", null]);
      assert.equal(await ramdisk.exited, 0);
      assert.equal(readFileSync(join(machine, "last-power-action"), "utf8").trim(), "reboot");
    } finally {
      await ramdisk.kill();
    }
  });

  async function heard(node: string): Promise<void> {
    for (;;) {
      const { driver_internal_info: info } = await api.node(node);
      if (typeof (info as Record<string, unknown>).agent_url === "string") return;
      await pause(100);
    }
  }
});
