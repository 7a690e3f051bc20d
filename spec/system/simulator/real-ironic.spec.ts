/** The real Ironic drives the simulator with its own `ipmi` and `redfish` drivers, up to a deployed machine. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { ImageServer } from "../../../tools/simulator/image-server.ts";
import { nodeValues } from "../../../tools/simulator/nodes-file.ts";
import { Simulator } from "../../../tools/simulator/simulator.ts";
import { type PeerIronic, peerVenv, startPeerIronic } from "../../support/peer-ironic.ts";
import { hasPrograms } from "../../support/programs.ts";

type Body = Readonly<Record<string, unknown>>;

const LOGIN = { username: "admin", password: "password" };
const LINES = `[DEFAULT]
enabled_hardware_types = ipmi,redfish,fake-hardware,manual-management
enabled_power_interfaces = ipmitool,redfish,fake
enabled_management_interfaces = ipmitool,redfish,fake,noop
enabled_bios_interfaces = no-bios,redfish,fake
enabled_boot_interfaces = ipxe,fake
enabled_firmware_interfaces = no-firmware,redfish,fake
enabled_raid_interfaces = no-raid,redfish,fake
enabled_vendor_interfaces = no-vendor,ipmitool,redfish,fake
`;
const HEADERS = { "content-type": "application/json", "x-openstack-ironic-api-version": "1.95" };
const STATE_MS = 150_000;

describe("the real Ironic drives the simulator", function () {
  this.timeout(600_000);
  let ironic: PeerIronic;
  let simulator: Simulator;
  let images: ImageServer;

  before(async function () {
    // Five minutes, most of which Ironic waits between two commands to a controller.
    if (process.env.FERRIC_FULL !== "1") return this.skip();
    const found = peerVenv();
    if (found.venv === null || !hasPrograms("ipmitool")) return this.skip();
    images = await ImageServer.start(1024 * 1024);
    ironic = await startPeerIronic(found.venv, LINES);
    const work = { startMs: 200, workMs: 200, beatMs: 3000, writeMs: 500, lookupMs: 120_000 };
    simulator = await Simulator.start({
      machines: 2,
      world: { logins: [LOGIN], timing: { firmwareMs: 500, shutdownMs: 200 } },
      agents: { settings: { ...work, apiUrl: ironic.url, tftp: null }, isEncrypted: true },
    });
  });
  after(async () => {
    await ironic?.stop();
    await simulator?.stop();
    await images?.stop();
  });

  async function ask(method: string, path: string, body?: unknown): Promise<Body> {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(`${ironic.url}/v1/${path}`, { method, headers: HEADERS, ...init });
    const text = await response.text();
    assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
    return text === "" ? {} : JSON.parse(text);
  }

  async function until(path: string, isSo: (body: Body) => boolean): Promise<Body> {
    const end = Date.now() + STATE_MS;
    for (;;) {
      const body = await ask("GET", path);
      if (isSo(body)) return body;
      const { provision_state, last_error, power_state } = body;
      const stopped = String(provision_state).endsWith("failed") || Date.now() > end;
      assert.ok(!stopped, JSON.stringify({ provision_state, power_state, last_error }));
      await pause(500);
    }
  }

  async function provision(node: string, target: string, state: string): Promise<void> {
    await ask("PUT", `nodes/${node}/states/provision`, { target });
    await until(`nodes/${node}`, (body) => body.provision_state === state && body.target_provision_state === null);
  }

  for (const [index, driver] of (["ipmi", "redfish"] as const).entries())
    it(`${driver}: verified, power, boot device, cleaned, deployed, taken down`, async () => {
      const place = simulator.places[index];
      assert.ok(place);
      const values = nodeValues(place, "http", LOGIN, driver);
      const { machine } = place;
      const kernels = { deploy_kernel: `${images.url}/kernel`, deploy_ramdisk: `${images.url}/initramfs` };
      const uuid = String(
        (
          await ask("POST", "nodes", {
            ...values,
            ...{ boot_interface: "ipxe", deploy_interface: "direct" },
            driver_info: { ...(values.driver_info as Body), ...kernels },
          })
        ).uuid,
      );
      await ask("POST", "ports", { node_uuid: uuid, address: machine.identity.macs[0] });
      await provision(uuid, "manage", "manageable");
      for (const [target, isOn] of [
        ["power on", true],
        ["rebooting", true],
        ["soft power off", false],
      ] as const) {
        await ask("PUT", `nodes/${uuid}/states/power`, { target });
        await until(`nodes/${uuid}`, (body) => body.target_power_state === null);
        assert.equal(machine.isOn, isOn, target);
      }
      await ask("PUT", `nodes/${uuid}/management/boot_device`, { boot_device: "cdrom", persistent: true });
      assert.deepEqual([machine.boot.target, machine.boot.enabled], ["Cd", "Continuous"]);
      assert.deepEqual(await ask("GET", `nodes/${uuid}/management/boot_device`), {
        boot_device: "cdrom",
        persistent: true,
      });
      await provision(uuid, "provide", "available");
      const instance = { image_source: `${images.url}/disk.raw`, image_os_hash_algo: "sha256" };
      const instance_info = { ...instance, image_os_hash_value: images.sha256, image_disk_format: "raw" };
      await ask("PATCH", `nodes/${uuid}`, [
        { op: "add", path: "/instance_info", value: { ...instance_info, image_type: "whole-disk" } },
      ]);
      await provision(uuid, "active", "active");
      assert.deepEqual([machine.isOn, machine.hasInstalledDisk], [true, true]);
      await provision(uuid, "deleted", "available");
      assert.equal(machine.isOn, false);
    });
});
