/** Whole flows over Redfish while connections to the controllers are cut, before these have heard and after they have acted. */
import assert from "node:assert/strict";
import { SimulatedFleet } from "../../support/simulated-fleet.ts";

const LIMIT_MS = 300_000;
const FLOWS = 12;
/** Of all requests so many are cut off unheard, and as many again after they were carried out. */
const SHARE = 0.025;
const BOOTS = ["redfish-virtual-media", "redfish-https"];

describe("ferric over lines that get cut", function () {
  this.timeout(LIMIT_MS);
  let fleet: SimulatedFleet;
  let cuts = 0;

  before(async () => {
    fleet = await SimulatedFleet.start({ machines: FLOWS });
    const { world } = fleet.simulator;
    const { random } = world;
    const counted = () => {
      const value = random();
      if (value < SHARE) cuts++;
      return value;
    };
    Object.defineProperty(world, "random", { value: counted });
  });
  after(() => fleet?.[Symbol.asyncDispose]());

  it(`${FLOWS} servers are cleaned, deployed and taken down with 5 % of their controllers' answers missing`, async () => {
    const ends = await Promise.allSettled(Array.from({ length: FLOWS }, (_, index) => flow(index)));
    const failures = ends.flatMap((end) => (end.status === "rejected" ? [String(end.reason)] : []));
    assert.deepEqual(failures, []);
    assert.ok(cuts >= FLOWS, `only ${cuts} requests were cut`);
    for (const [index, machine] of fleet.simulator.machines.entries())
      assert.deepEqual([machine.isOn, machine.media], [false, null], `server ${index}`);
  });

  async function flow(index: number): Promise<void> {
    const node = await fleet.node(index, { boot_interface: BOOTS[index % BOOTS.length], automated_clean: true });
    await fleet.addPort(node, index);
    fleet.machine(index).setConditions({ loss: SHARE, answerLoss: SHARE });
    for (const [verb, state] of [
      ["manage", "manageable"],
      ["provide", "available"],
      ["active", "active"],
      ["deleted", "available"],
    ] as const)
      await fleet.go(node, verb, state);
  }
});
