/** A conductor dies without a word, another starts on the same database: nothing stays locked, nothing stays under way. */
import assert from "node:assert/strict";
import type { Node } from "../../../common/objects/node.ts";
import type { State } from "../../../common/states.ts";
import { WORKING_STATES } from "../../../common/states.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { agentOf, agentStep } from "../../support/scripted-driver.ts";

const FAIL_STATE: Readonly<Record<string, State>> = {
  deploying: "deploy failed",
  cleaning: "clean failed",
  verifying: "enroll",
  inspecting: "inspect failed",
  adopting: "adopt failed",
  rescuing: "rescue failed",
  unrescuing: "unrescue failed",
  deleting: "error",
  servicing: "service failed",
};

describe("recovery", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  async function leftBehind(state: State, values: Partial<Node> = {}): Promise<string> {
    const uuid = await under.nodeIn(state, values);
    await under.stores.nodes.reserve(uuid, { host: "cond-1", bootId: "dead", purpose: "work" });
    return uuid;
  }

  for (const state of WORKING_STATES) {
    it(`takes 20 nodes out of ${state}`, async () => {
      const uuids: string[] = [];
      for (let count = 0; count < 20; count++) uuids.push(await leftBehind(state));
      await under.crash();
      await under.conductor.idle();
      for (const uuid of uuids) {
        const node = await under.node(uuid);
        assert.equal(node.provision_state, FAIL_STATE[state]);
        assert.equal(node.reservation, null);
        assert.match(node.last_error ?? "", /was under way \(state .*\) when its conductor stopped.*start again with/);
      }
    });
  }

  it("leaves none of 200 nodes behind, whatever the size of the worker pool", async () => {
    const uuids: string[] = [];
    for (let count = 0; count < 200; count++) uuids.push(await leftBehind("deploying"));
    await under.crash();
    await under.conductor.idle();
    assert.equal((await under.stores.nodes.byState(["deploying"])).length, 0);
    const states = await Promise.all(uuids.map(async (uuid) => (await under.node(uuid)).provision_state));
    assert.deepEqual(new Set(states), new Set(["deploy failed"]));
  }).timeout(60_000);

  it("names the step that had begun and does not repeat it", async () => {
    const uuid = await under.nodeIn("available", { deploy_interface: "scripted" });
    const agent = agentOf(uuid);
    let reached = () => {};
    const begun = new Promise<void>((resolve) => {
      reached = resolve;
    });
    agent.during.deploy = () => {
      reached();
      return new Promise(() => {});
    };
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await begun;
    await under.crash();
    const failed = await under.until(uuid, "deploy failed");
    assert.match(
      failed.last_error ?? "",
      /^Deploy step deploy\.deploy \(1 of 2\) had begun when its conductor stopped\. A step that had begun is not repeated/,
    );
    assert.equal(agent.calls.filter((call) => call === "deploy").length, 1);
    assert.equal(failed.power_state, "power off");
    agent.during = {};
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.until(uuid, "wait call-back");
  });

  it("interrupted at each step of a flow, ends in the fail state that names the step", async () => {
    for (const step of ["first", "second"]) {
      const uuid = await under.nodeIn("manageable", { deploy_interface: "scripted" });
      const agent = agentOf(uuid);
      agent.steps = [agentStep("first", 20), agentStep("second", 10)];
      await under.call("doProvisioningAction", { node: uuid, action: "provide" });
      await under.until(uuid, "clean wait");
      const token = await under.lookup(uuid);
      agent.verdicts.push({ verdict: "ready" }, { verdict: "finished" });
      let reached = () => {};
      const begun = new Promise<void>((resolve) => {
        reached = resolve;
      });
      agent.during[`start ${step}`] = () => {
        reached();
        return new Promise(() => {});
      };
      await under.beat(uuid, token);
      if (step === "second") {
        await under.conductor.idle();
        await under.beat(uuid, token);
      }
      await begun;
      await under.crash();
      const failed = await under.until(uuid, "clean failed");
      assert.match(failed.last_error ?? "", new RegExp(`^Clean step deploy\\.${step} \\(\\d of 3\\) had begun when`));
      assert.equal(agent.calls.filter((call) => call === `start ${step}`).length, 1);
    }
  });

  it("lets wait states continue with the next heartbeat", async () => {
    const uuid = await under.nodeIn("available", { deploy_interface: "scripted" });
    agentOf(uuid).steps = [agentStep("write", 80)];
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.until(uuid, "wait call-back");
    const token = await under.lookup(uuid);
    await under.crash();
    agentOf(uuid).verdicts.push({ verdict: "ready" }, { verdict: "finished" });
    await under.beat(uuid, token);
    await under.conductor.idle();
    await under.beat(uuid, token);
    await under.until(uuid, "active");
  });

  it("frees a node in a wait state whose heartbeat was being followed up, and keeps waiting", async () => {
    const uuid = await under.nodeIn("clean wait", {
      deploy_interface: "scripted",
      target_provision_state: "available",
    });
    await under.stores.nodes.reserve(uuid, { host: "cond-1", bootId: "dead", purpose: "heartbeat" });
    await under.crash();
    const node = await under.node(uuid);
    assert.equal(node.provision_state, "clean wait");
    assert.equal(node.reservation, null);
  });

  it("ends a power change that was under way", async () => {
    const uuid = await leftBehind("active", { target_power_state: "power on" });
    await under.crash();
    const node = await under.node(uuid);
    assert.equal(node.target_power_state, null);
    assert.match(node.last_error ?? "", /power on.*under way when its conductor stopped/);
  });

  it("finds what is left also when whoever released the lock has died right after", async () => {
    const switched = await under.nodeIn("active");
    await under.stores.nodes.touch(switched, { target_power_state: "power on" });
    const values = { last_error: "Deploy failed.", driver_internal_info: { putting_away: true } };
    const putAway = await under.nodeIn("deploy failed", values);
    await under.conductor.pass("recovery");
    assert.equal((await under.node(switched)).target_power_state, null);
    assert.match((await under.node(putAway)).last_error ?? "", /^Deploy failed\. The machine was left as it is/);
    assert.equal((await under.node(putAway)).driver_internal_info.putting_away, undefined);
  });

  it("tells that a machine was not put away to the end, and keeps the failure's own words", async () => {
    const uuid = await leftBehind("deploy failed", {
      last_error: "Deploy failed: the image is wrong.",
      target_power_state: "power off",
      driver_internal_info: { putting_away: true },
    });
    await under.crash();
    const node = await under.node(uuid);
    assert.equal(
      node.last_error,
      "Deploy failed: the image is wrong. The machine was left as it is: its conductor stopped while it was put away.",
    );
    assert.equal(node.target_power_state, null);
    assert.equal(node.driver_internal_info.putting_away, undefined);
  });

  it("also recovers nodes whose driver is not enabled any more", async () => {
    const uuid = await leftBehind("deploying");
    await under.stores.nodes.touch(uuid, { driver: "gone" });
    await under.crash();
    await under.conductor.idle();
    const node = await under.node(uuid);
    assert.equal(node.provision_state, "deploy failed");
    assert.match(node.last_error ?? "", /was under way.*left as it is: .*gone/);
  });

  it("goes on periodically: what is left while it runs is found too", async () => {
    const uuid = await leftBehind("deploying");
    await under.conductor.pass("recovery");
    await under.conductor.idle();
    assert.equal((await under.node(uuid)).provision_state, "deploy failed");
  });

  it("does not touch what a live conductor works on", async () => {
    const uuid = await under.nodeIn("available", {}, { "deploy.deploy": { hang: true } });
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.conductor.pass("recovery");
    const node = await under.node(uuid);
    assert.equal(node.provision_state, "deploying");
    assert.equal(node.reservation, "cond-1");
  });
});
