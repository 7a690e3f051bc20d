/** After a lock was taken away: work under it stops here, and what nobody carries on any more ends. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { agentOf } from "../../support/scripted-driver.ts";

describe("a lock that was taken away", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  async function hangingDeploy(): Promise<string> {
    const uuid = await under.nodeIn("available", { deploy_interface: "scripted" });
    const hanging = new Promise<void>((resolve) => {
      agentOf(uuid).during.prepare = (task) => {
        resolve();
        return new Promise((_, reject) => task.signal.addEventListener("abort", () => reject(task.signal.reason)));
      };
    });
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await hanging;
    return uuid;
  }

  async function breakLock(uuid: string): Promise<void> {
    const { lock_number } = await under.node(uuid);
    assert.equal(await under.stores.nodes.breakLock(uuid, lock_number), true);
    assert.equal(await under.stores.nodes.breakLock(uuid, lock_number), false, "once only");
  }

  it("stops the work, which saves nothing, and ends its flow", async () => {
    const uuid = await hangingDeploy();
    await breakLock(uuid);
    await under.call("settleNode", { node: uuid });
    const node = await under.until(uuid, "deploy failed");
    assert.match(node.last_error ?? "", /its lock was released by an administrator/);
    assert.ok(under.told(uuid, "lock").some((event) => event.status === "lost"));
    await under.conductor.idle();
  });

  it("is found by the passes where nobody was told", async () => {
    const uuid = await hangingDeploy();
    await breakLock(uuid);
    await under.conductor.pass("recovery");
    await under.until(uuid, "deploy failed");
    await under.conductor.idle();
  });

  it("changes nothing on a node that has found a new holder, or rests", async () => {
    const resting = await under.nodeIn("manageable");
    const before = await under.node(resting);
    await under.call("settleNode", { node: resting });
    assert.deepEqual(await under.node(resting), before);
    const held = await under.nodeIn("deploying");
    await under.stores.nodes.reserve(held, { host: "cond-2", bootId: "x", purpose: "work" });
    await under.call("settleNode", { node: held });
    assert.equal((await under.node(held)).provision_state, "deploying");
  });
});

describe("a stray lock", () => {
  it("of this process, under which nothing runs, is released by the second pass that sees it", async () => {
    await using under = await conductorUnderTest();
    const uuid = await under.nodeIn("manageable");
    const { bootId } = under.conductor;
    await under.stores.nodes.reserve(uuid, { host: "cond-1", bootId, purpose: "an answer that never came" });
    await under.conductor.pass("recovery");
    assert.equal((await under.node(uuid)).reservation, "cond-1", "it may just have been taken");
    await under.conductor.pass("recovery");
    assert.equal((await under.node(uuid)).reservation, null);
  });

  it("is none while its work runs", async () => {
    await using under = await conductorUnderTest();
    const uuid = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    for (let passes = 0; passes < 3; passes++) await under.conductor.pass("recovery");
    assert.equal((await under.node(uuid)).provision_state, "deploying");
  });
});
