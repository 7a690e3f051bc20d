/** What comes back on the request itself: refusals leave the node as it was, acceptance shows the new state at once. */
import assert from "node:assert/strict";
import type { FerricError } from "../../../common/errors/fault.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("accept phase", () => {
  let under: ConductorUnderTest;
  afterEach(() => under[Symbol.asyncDispose]());

  const code = (wanted: number, words?: RegExp) => (error: FerricError) => {
    assert.equal(error.code, wanted, error.message);
    if (words !== undefined) assert.match(error.message, words);
    return true;
  };

  async function refused(uuid: string, call: () => Promise<unknown>, wanted: number, words?: RegExp): Promise<void> {
    const before = await under.node(uuid);
    await assert.rejects(call, code(wanted, words));
    const lock = { lock_number: 0, updated_at: null };
    assert.deepEqual({ ...(await under.node(uuid)), ...lock }, { ...before, ...lock });
  }

  it("shows the new state as soon as the call has been answered", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("available", { last_error: "old" }, { "deploy.deploy": { hang: true } });
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    const node = await under.node(uuid);
    assert.equal(node.provision_state, "deploying");
    assert.equal(node.target_provision_state, "active");
    assert.equal(node.last_error, null);
    assert.equal(node.reservation, "cond-1");
  });

  it("answers 409 with the holder while somebody works on the node", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
    const begun = under.next((event) => event.type === "step.started");
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await begun;
    const changes = { extra: { a: 1 } };
    await refused(uuid, () => under.call("updateNode", { node: uuid, changes }), 409, /locked by host cond-1/);
    await refused(uuid, () => under.call("destroyNode", { node: uuid }), 409);
    await refused(uuid, () => under.call("changeNodePowerState", { node: uuid, target: "power on" }), 409);
  });

  it("waits for a lock that is given back in time", async () => {
    under = await conductorUnderTest({ conductor: { node_locked_retry_attempts: 3, node_locked_retry_interval: 5 } });
    const uuid = await under.nodeIn("manageable", {}, { "inspect.inspect": { delay: 0.2 } });
    await under.call("doProvisioningAction", { node: uuid, action: "inspect" });
    const updated = await under.call("updateNode", { node: uuid, changes: { extra: { a: 1 } } });
    assert.deepEqual(updated.extra, { a: 1 });
    assert.equal(updated.reservation, "cond-1");
  });

  it("answers 400 to a verb that the state does not know", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("enroll");
    await refused(uuid, () => under.call("doNodeDeploy", { node: uuid, rebuild: false }), 400, /"active".*"enroll"/);
    for (const action of ["provide", "abort", "adopt", "inspect", "unhold", "nonsense"])
      await refused(uuid, () => under.call("doProvisioningAction", { node: uuid, action }), 400);
    await refused(uuid, () => under.call("doNodeTearDown", { node: uuid }), 400);
  });

  it("answers 400 in maintenance to deploy, clean, service and rescue", async () => {
    under = await conductorUnderTest();
    const maintenance = { maintenance: true };
    const free = await under.nodeIn("available", maintenance);
    await refused(free, () => under.call("doNodeDeploy", { node: free, rebuild: false }), 400, /maintenance/);
    const managed = await under.nodeIn("manageable", maintenance);
    await refused(managed, () => under.call("doNodeClean", { node: managed, clean_steps: [] }), 400, /maintenance/);
    const active = await under.nodeIn("active", maintenance);
    await refused(active, () => under.call("doNodeService", { node: active, service_steps: [] }), 400, /maintenance/);
    await refused(active, () => under.call("doNodeRescue", { node: active, rescue_password: "x" }), 400, /maintenance/);
  });

  it("answers 403 to rebuild and tear-down of a protected node", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("active", { protected: true });
    await refused(uuid, () => under.call("doNodeDeploy", { node: uuid, rebuild: true }), 403);
    await refused(uuid, () => under.call("doNodeTearDown", { node: uuid }), 403);
  });

  it("answers 400 when an interface's settings are not valid, naming the node", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("available");
    await under.stores.nodes.touch(uuid, { driver_info: { fake_script: { power: { delay: "much" } } } });
    await refused(uuid, () => under.call("doNodeDeploy", { node: uuid, rebuild: false }), 400, new RegExp(uuid));
  });

  it("answers 503 without a free worker and leaves the node as it was", async () => {
    under = await conductorUnderTest({ conductor: { workers_pool_size: 3, reserved_workers_pool_percentage: 34 } });
    for (let count = 0; count < 2; count++) {
      const busy = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
      await under.call("doNodeDeploy", { node: busy, rebuild: false });
    }
    const uuid = await under.nodeIn("available");
    await refused(uuid, () => under.call("doNodeDeploy", { node: uuid, rebuild: false }), 503, /workers/);
    await refused(uuid, () => under.call("changeNodePowerState", { node: uuid, target: "power on" }), 503);
  });

  it("answers 503 beyond the limits of deploys and cleanings at once", async () => {
    under = await conductorUnderTest({ conductor: { max_concurrent_deploy: 5, max_concurrent_clean: 1 } });
    const answers: number[] = [];
    for (let count = 0; count < 20; count++) {
      const uuid = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
      const answer = await under.call("doNodeDeploy", { node: uuid, rebuild: false }).then(
        () => 202,
        (error: FerricError) => error.code,
      );
      answers.push(answer);
    }
    assert.equal(answers.filter((answer) => answer === 202).length, 5);
    assert.equal(answers.filter((answer) => answer === 503).length, 15);
  });

  it("holds the limit also when all ask in the same moment, and takes the next once one has ended", async () => {
    under = await conductorUnderTest({ conductor: { max_concurrent_deploy: 5 } });
    const deploy = (node: string) => under.call("doNodeDeploy", { node, rebuild: false });
    const nodes = await Promise.all(
      Array.from({ length: 40 }, () => under.nodeIn("available", {}, { "deploy.deploy": { hang: true } })),
    );
    const results = await Promise.allSettled(nodes.map(deploy));
    const accepted = nodes.filter((_, place) => results[place]?.status === "fulfilled");
    assert.equal(accepted.length, 5);
    for (const result of results)
      if (result.status === "rejected") {
        assert.deepEqual([result.reason.code, result.reason.fault.retryAfter], [503, 10]);
        assert.match(result.reason.message, /limit of 5 .*deployment/);
      }
    await under.call("forceAbort", { node: accepted[0] ?? "", reason: null });
    const refusedBefore = nodes.find((node) => !accepted.includes(node)) ?? "";
    await deploy(refusedBefore);
  });

  it("aborts although no worker is free", async () => {
    under = await conductorUnderTest({ conductor: { workers_pool_size: 3, reserved_workers_pool_percentage: 0 } });
    const waiting = await under.nodeIn("clean wait", { target_provision_state: "available" });
    for (let count = 0; count < 3; count++) {
      const busy = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
      await under.call("doNodeDeploy", { node: busy, rebuild: false });
    }
    await under.call("doProvisioningAction", { node: waiting, action: "abort" });
    await under.until(waiting, "clean failed");
  });

  it("lets exactly one of many callers at once win", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
    const calls = Array.from({ length: 50 }, () => under.call("doNodeDeploy", { node: uuid, rebuild: false }));
    const results = await Promise.allSettled(calls);
    assert.equal(results.filter((result) => result.status === "fulfilled").length, 1);
  });

  it("refuses to provide a retired node", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("manageable", { retired: true });
    await refused(uuid, () => under.call("doProvisioningAction", { node: uuid, action: "provide" }), 400, /retired/);
  });

  it("refuses a deploy whose instance wants traits the node has not", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("available", { instance_info: { traits: ["CUSTOM_GPU"] } });
    await refused(uuid, () => under.call("doNodeDeploy", { node: uuid, rebuild: false }), 400, /CUSTOM_GPU/);
  });
});
