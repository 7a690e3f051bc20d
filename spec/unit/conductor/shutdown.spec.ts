/** Stopping in good order: work may end, then it is told to stop and its node says so; the conductor's row goes offline. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { agentOf } from "../../support/scripted-driver.ts";

describe("clean shutdown", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  it("waits for work that ends in time", async () => {
    const uuid = await under.nodeIn("available", {}, { "deploy.deploy": { delay: 0.2 } });
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.conductor[Symbol.asyncDispose]();
    assert.equal((await under.node(uuid)).provision_state, "active");
  });

  it("tells work that does not end to stop, and the node what happened", async () => {
    const uuid = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.conductor[Symbol.asyncDispose]();
    const node = await under.node(uuid);
    assert.equal(node.provision_state, "deploy failed");
    assert.equal(node.reservation, null);
    assert.match(node.last_error ?? "", /deploy\.deploy \(1 of 1\).*its conductor was stopped/);
  });

  it("takes no calls any more and is not alive afterwards", async () => {
    await under.conductor[Symbol.asyncDispose]();
    await assert.rejects(under.nodeIn("enroll"), { code: 503 });
    const row = await under.stores.conductors.get("cond-1", 60);
    assert.equal(row.online, false);
    assert.equal(row.alive, false);
  });

  it("is not kept by a call that hangs in its accept phase", async () => {
    const uuid = await under.nodeIn("manageable");
    await under.stores.nodes.touch(uuid, { deploy_interface: "scripted" });
    let reached = () => {};
    const hanging = new Promise<void>((resolve) => {
      reached = resolve;
    });
    agentOf(uuid).during.validate = () => {
      reached();
      return new Promise(() => {});
    };
    await under.stores.nodes.touch(uuid, { provision_state: "available" });
    const call = under.call("doNodeDeploy", { node: uuid, rebuild: false });
    const refused = assert.rejects(call);
    await hanging;
    await under.conductor[Symbol.asyncDispose]();
    await refused;
    const node = await under.node(uuid);
    assert.deepEqual([node.provision_state, node.reservation], ["available", null]);
  });
});
