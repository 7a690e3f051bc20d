/** The health of machines, read with their power. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest, FAKE } from "../../support/conductor-under-test.ts";
import { TestBmc } from "../../support/redfish-bmc.ts";

const SYSTEM = "/redfish/v1/Systems/1";

describe("health of machines", () => {
  let under: ConductorUnderTest;
  let bmc: TestBmc;

  async function start(monitored: boolean): Promise<string> {
    bmc = await TestBmc.start();
    under = await conductorUnderTest({
      DEFAULT: { ...FAKE, enabled_management_interfaces: ["fake", "redfish"] },
      conductor: { enable_health_monitoring: monitored },
      redfish: { connection_attempts: 1 },
    });
    const values = { management_interface: "redfish", driver_info: bmc.driverInfo(), power_state: "power on" } as const;
    return await under.nodeIn("available", values);
  }
  afterEach(async () => {
    await under[Symbol.asyncDispose]();
    await bmc[Symbol.asyncDispose]();
  });
  const told = async (node: string, health: string) => {
    bmc.change(SYSTEM, { Status: { HealthRollup: health } });
    await under.conductor.pass("power sync");
    return (await under.node(node)).health;
  };

  it("is kept on the node, and its changes in the history", async () => {
    const node = await start(true);
    assert.equal(await told(node, "OK"), "OK");
    assert.equal(await told(node, "Critical"), "Critical");
    const entries = await under.stores.history.ofNode(node);
    const changes = entries.map(({ event }) => event).filter((event) => event?.includes("health"));
    assert.deepEqual(changes, ["The machine's health changed from OK to Critical."]);
  });

  it("is not asked for where that is switched off", async () => {
    const node = await start(false);
    assert.equal(await told(node, "OK"), null);
    assert.equal(bmc.seen.length, 0);
  });
});
