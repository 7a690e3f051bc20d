/** Virtual servers with an address each, as real ones have it: standard ports, IPMI and Redfish on the same machine. */
import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { later } from "../../../tools/simulator/simulator.ts";
import { SimulatedFleet } from "../../support/simulated-fleet.ts";

const LIMIT_MS = 120_000;
/** Others on this machine may run the same test. */
const FIRST = `127.${randomInt(2, 250)}.${randomInt(250)}.${randomInt(1, 200)}`;
/** Of each address; 623 would be the superuser's. */
const [IPMI, REDFISH] = [6230, 8000];
const MACHINES = 3;

describe("virtual servers with an address each", function () {
  this.timeout(LIMIT_MS);
  let fleet: SimulatedFleet;

  before(async function () {
    // Elsewhere only 127.0.0.1 is there by itself.
    if (process.platform !== "linux") return this.skip();
    const places = { address: FIRST, addressEach: true, ipmiPort: IPMI, redfishPort: REDFISH };
    fleet = await SimulatedFleet.start({ machines: MACHINES, simulator: places });
  });
  after(() => fleet?.[Symbol.asyncDispose]());

  it("stand behind each other, on the same ports", () => {
    const places = fleet.simulator.places.map(({ address, ipmi, redfishPort }) => [address, ipmi?.port, redfishPort]);
    assert.deepEqual(
      places,
      Array.from({ length: MACHINES }, (_, at) => [later(FIRST, at), IPMI, REDFISH]),
    );
  });

  it("are driven over IPMI and Redfish, each by its own address", async () => {
    const nodes: string[] = [];
    for (const [index, driver] of (["ipmi", "redfish", "ipmi"] as const).entries()) {
      const interfaces =
        driver === "ipmi" ? { power_interface: "ipmi-native", management_interface: "ipmi-native" } : {};
      const node = await fleet.node(index, interfaces, {}, driver);
      await fleet.go(node, "manage", "manageable");
      nodes.push(node);
    }
    for (const [index, node] of nodes.entries()) {
      await fleet.power(node, "power on");
      assert.deepEqual(
        fleet.simulator.machines.map(({ isOn }) => isOn),
        Array.from({ length: MACHINES }, (_, at) => at <= index),
      );
    }
    for (const [index, node] of nodes.entries()) {
      await fleet.api.must("PUT", `/v1/nodes/${node}/management/boot_device`, { boot_device: "pxe", persistent: true });
      assert.deepEqual([fleet.machine(index).boot.target, fleet.machine(index).boot.enabled], ["Pxe", "Continuous"]);
    }
    for (const node of nodes) await fleet.power(node, "soft power off");
    assert.ok(fleet.simulator.machines.every(({ isOn }) => !isOn));
  });

  it("are told apart by what they say of themselves", async () => {
    for (const inspect_interface of ["redfish", "agent"]) {
      const values = { name: `by-${inspect_interface}`, inspect_interface, boot_interface: "redfish-virtual-media" };
      const node = await fleet.node(1, values);
      await fleet.go(node, "manage", "manageable");
      // The ports that the first inspection made are another node's.
      if (inspect_interface === "agent") await movePort(node);
      await fleet.go(node, "inspect", "manageable");
      const { inventory } = await fleet.api.must("GET", `/v1/nodes/${node}/inventory`);
      assert.equal((inventory as Record<string, unknown>).bmc_address, later(FIRST, 1), inspect_interface);
    }
    const asked = await fetch(`http://${later(FIRST, 2)}:${REDFISH}/redfish/v1/`);
    const { UUID } = (await asked.json()) as Record<string, unknown>;
    assert.equal(UUID, fleet.machine(2).identity.uuid);
  });

  async function movePort(node: string): Promise<void> {
    const { ports } = await fleet.api.must("GET", "/v1/ports");
    for (const { uuid } of ports as readonly { uuid: string }[]) await fleet.api.must("DELETE", `/v1/ports/${uuid}`);
    await fleet.addPort(node, 1);
  }
});
