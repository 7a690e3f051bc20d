/** Two conductors on one database: a live one's nodes are left alone, a dead one's are recovered and taken over. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { agentOf } from "../../support/scripted-driver.ts";

describe("a neighbour", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
    const values = { hostname: "cond-2", boot_id: "b2", conductor_group: "", drivers: ["fake-hardware"] };
    await under.stores.conductors.register(values, []);
  });
  afterEach(() => under[Symbol.asyncDispose]());

  async function lockedByNeighbour(): Promise<string> {
    const uuid = await under.nodeIn("deploying");
    await under.stores.nodes.reserve(uuid, { host: "cond-2", bootId: "b2", purpose: "deploy" });
    return uuid;
  }

  it("that is alive keeps its locks and its nodes", async () => {
    const uuid = await lockedByNeighbour();
    await under.conductor.pass("recovery");
    await under.conductor.idle();
    const node = await under.node(uuid);
    assert.deepEqual([node.provision_state, node.reservation], ["deploying", "cond-2"]);
  });

  it("that is gone leaves nothing stuck", async () => {
    const uuid = await lockedByNeighbour();
    await under.stores.conductors.leave("cond-2", "b2");
    await under.conductor.pass("recovery");
    await under.conductor.idle();
    const node = await under.node(uuid);
    assert.deepEqual([node.provision_state, node.reservation], ["deploy failed", null]);
  });

  it("that is gone hands its waiting nodes over, with their boot prepared anew", async () => {
    const uuid = await under.nodeIn("wait call-back", { deploy_interface: "scripted", conductor_affinity: "cond-2" });
    await under.stores.conductors.leave("cond-2", "b2");
    await under.conductor.pass("takeover");
    assert.deepEqual(agentOf(uuid).calls, ["takeOver"]);
    assert.equal((await under.node(uuid)).conductor_affinity, "cond-1");
    await under.conductor.pass("takeover");
    assert.deepEqual(agentOf(uuid).calls, ["takeOver"]);
  });
});
