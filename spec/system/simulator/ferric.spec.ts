/** ferric itself drives virtual servers through its public API: what others drive the simulator with is in the specs beside it. */
import assert from "node:assert/strict";
import { type ImageServer, ImageServer as OwnImages, rawImage } from "../../support/image-server.ts";
import { SimulatedFleet } from "../../support/simulated-fleet.ts";

const LIMIT_MS = 180_000;
const RESCUE = { rescue_password: "let-me-in-2026" };

describe("ferric drives virtual servers", function () {
  this.timeout(LIMIT_MS);
  let fleet: SimulatedFleet;
  let own: ImageServer;

  before(async () => {
    own = await OwnImages.start({ size: 4096 });
    fleet = await SimulatedFleet.start({ machines: 6 });
  });
  after(async () => {
    await fleet?.[Symbol.asyncDispose]();
    await own?.[Symbol.asyncDispose]();
  });

  for (const [index, boot_interface, target] of [
    [0, "redfish-virtual-media", "Cd"],
    [1, "redfish-https", "UefiHttp"],
  ] as const)
    it(`${boot_interface}: cleaned, deployed, rescued, unrescued, taken down`, async () => {
      const machine = fleet.machine(index);
      const node = await fleet.node(index, { boot_interface, rescue_interface: "agent", automated_clean: true });
      await fleet.addPort(node, index);
      await fleet.go(node, "manage", "manageable");
      await fleet.go(node, "provide", "available");
      assert.ok(fleet.told(index).includes(`boots ${target}`), fleet.told(index).join("\n"));
      assert.deepEqual([machine.isOn, machine.media], [false, null]);
      await fleet.go(node, "active", "active");
      assert.deepEqual([machine.isOn, machine.hasInstalledDisk, machine.media], [true, true, null]);
      await startsFrom(index, "Hdd");
      await fleet.go(node, "rescue", "rescue", RESCUE);
      await startsFrom(index, target);
      await fleet.go(node, "unrescue", "active");
      await startsFrom(index, "Hdd");
      assert.deepEqual([machine.media, machine.removable], [null, null]);
      await fleet.go(node, "deleted", "available");
      assert.deepEqual([machine.isOn, machine.media], [false, null]);
      assert.equal(
        fleet.told(index).filter((what) => what.includes("nothing")).length,
        0,
        fleet.told(index).join("\n"),
      );
    });

  it("inspection by the agent of an image that was not made here: its parameters come on a second medium", async () => {
    const iso = own.add("/own.iso", rawImage(64 * 1024));
    const values = { boot_interface: "redfish-virtual-media", inspect_interface: "agent" };
    const node = await fleet.node(2, values, { deploy_iso: iso.url });
    await fleet.addPort(node, 2);
    await fleet.go(node, "manage", "manageable");
    await fleet.go(node, "inspect", "manageable");
    const machine = fleet.machine(2);
    assert.deepEqual([machine.media, machine.removable, machine.isOn], [null, null, false]);
    assert.ok((await portsOf(node)).includes(machine.identity.macs[0]));
    const { inventory } = (await fleet.api.must("GET", `/v1/nodes/${node}/inventory`)) as Inventory;
    assert.equal(inventory.hostname, machine.identity.name);
    assert.equal(inventory.boot.current_boot_mode, "uefi");
  });

  it("inspection by Redfish: without a start", async () => {
    const node = await fleet.node(3, { inspect_interface: "redfish" });
    await fleet.go(node, "manage", "manageable");
    const { properties } = await fleet.go(node, "inspect", "manageable");
    const { cpus, memory_mb, local_gb, cpu_arch } = properties as Record<string, unknown>;
    assert.deepEqual({ cpus, memory_mb, local_gb, cpu_arch }, EXPECTED);
    const { macs, serial } = fleet.machine(3).identity;
    assert.deepEqual(await portsOf(node), [...macs].sort());
    const { inventory } = (await fleet.api.must("GET", `/v1/nodes/${node}/inventory`)) as Inventory;
    assert.equal(inventory.system_vendor.serial_number, serial);
    assert.deepEqual(fleet.told(3), []);
  });

  it("a server that runs already is adopted as it is, and rebuilt later", async () => {
    const machine = fleet.machine(4);
    machine.isOn = true;
    machine.hasInstalledDisk = true;
    const node = await fleet.node(4, { boot_interface: "redfish-virtual-media" });
    await fleet.addPort(node, 4);
    await fleet.go(node, "manage", "manageable");
    const adopted = await fleet.go(node, "adopt", "active");
    assert.deepEqual([adopted.power_state, adopted.last_error], ["power on", null]);
    assert.deepEqual(fleet.told(4), [], "nobody touched it");
    await fleet.go(node, "rebuild", "active");
    assert.ok(fleet.told(4).includes("boots Cd"));
    await startsFrom(4, "Hdd");
  });

  async function startsFrom(index: number, target: string): Promise<void> {
    const machine = fleet.machine(index);
    for (let turn = 0; turn < 500 && machine.source?.target !== target; turn++)
      await new Promise((waited) => setTimeout(waited, 20));
    assert.equal(machine.source?.target, target, fleet.told(index).join("\n"));
  }

  async function portsOf(node: string): Promise<readonly string[]> {
    const { ports } = await fleet.api.must("GET", `/v1/nodes/${node}/ports`);
    return (ports as readonly { address: string }[]).map(({ address }) => address).sort();
  }
});

const EXPECTED = { cpus: 64, memory_mb: 131_072, local_gb: 894, cpu_arch: "x86_64" };

interface Inventory extends Record<string, unknown> {
  readonly inventory: {
    readonly hostname: string;
    readonly boot: { readonly current_boot_mode: string };
    readonly system_vendor: { readonly serial_number: string };
  };
}
