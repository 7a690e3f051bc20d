/** Power changes on request, and the sync that compares machines with their records. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("power", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest({ conductor: { power_state_sync_max_retries: 2 } });
  });
  afterEach(() => under[Symbol.asyncDispose]());

  async function change(node: string, target: "power on" | "power off" | "rebooting" | "soft power off") {
    await under.call("changeNodePowerState", { node, target });
    await under.conductor.idle();
    return under.node(node);
  }

  it("switches on, off and reboots, and shows the target meanwhile", async () => {
    const uuid = await under.nodeIn("manageable", {}, { "power.set": { delay: 0.05 } });
    await under.call("changeNodePowerState", { node: uuid, target: "power on" });
    assert.equal((await under.node(uuid)).target_power_state, "power on");
    await under.conductor.idle();
    const on = await under.node(uuid);
    assert.deepEqual([on.power_state, on.target_power_state, on.reservation], ["power on", null, null]);
    assert.equal((await change(uuid, "soft power off")).power_state, "power off");
    assert.equal((await change(uuid, "rebooting")).power_state, "power on");
    assert.deepEqual(
      under.told(uuid, "node.power").map((event) => event.to),
      ["power on", "power off", "power on"],
    );
  });

  it("tells a failure in last_error and can be tried again", async () => {
    const uuid = await under.nodeIn("active", {}, { "power.set": { fail: "the relay is stuck", succeed_after: 2 } });
    const failed = await change(uuid, "power on");
    assert.match(failed.last_error ?? "", /^Changing the power state to "power on" failed: .*the relay is stuck/);
    assert.equal(failed.power_state, "error");
    assert.equal(failed.target_power_state, null);
    assert.equal((await change(uuid, "power on")).last_error, null);
  });

  it("is refused while cleaning, and for machines that must not be switched off", async () => {
    const cleaning = await under.nodeIn("clean wait");
    await assert.rejects(change(cleaning, "power on"), { code: 400 });
    const kept = await under.nodeIn("active", { disable_power_off: true });
    await assert.rejects(change(kept, "power off"), { code: 409 });
    await assert.rejects(change(kept, "soft power off"), { code: 409 });
    assert.equal((await change(kept, "rebooting")).power_state, "power on");
  });

  it("forgets the agent of a machine that goes off", async () => {
    const uuid = await under.nodeIn("clean wait", { power_state: "power on" });
    await under.lookup(uuid);
    under.advance(31);
    await under.lookup(uuid);
    await under.stores.nodes.touch(uuid, { provision_state: "active" });
    const off = await change(uuid, "power off");
    const { agent_secret_token, agent_secret_token_first } = off.driver_internal_info;
    assert.deepEqual([agent_secret_token, agent_secret_token_first], [undefined, undefined]);
  });

  it("sync: takes nodes that cannot be asked into maintenance after the configured misses, others never", async () => {
    const dead = await under.nodeIn("active", { power_state: "power on" }, { "power.get": { fail: "no route" } });
    const fine = await under.nodeIn("active", { power_state: "power on" });
    for (let pass = 1; pass <= 2; pass++) {
      await under.conductor.pass("power sync");
      assert.equal((await under.node(dead)).maintenance, false, `pass ${pass}`);
    }
    await under.conductor.pass("power sync");
    const marked = await under.node(dead);
    assert.equal(marked.maintenance, true);
    assert.equal(marked.fault, "power failure");
    assert.match(marked.last_error ?? "", /3 times in a row: .*no route.*check address/);
    assert.equal((await under.node(fine)).maintenance, false);
  });

  it("sync: a node whose machine answers again comes out of maintenance; one taken out by hand does not", async () => {
    const revived = await under.nodeIn("active", {
      power_state: "power on",
      maintenance: true,
      fault: "power failure",
    });
    const byHand = await under.nodeIn("active", { power_state: "power on", maintenance: true });
    await under.conductor.pass("power recovery");
    assert.equal((await under.node(revived)).maintenance, false);
    assert.equal((await under.node(revived)).fault, null);
    assert.equal((await under.node(byHand)).maintenance, true);
  });

  it("sync: leaves locked nodes and waiting ones alone", async () => {
    const waiting = await under.nodeIn("wait call-back", {}, { "power.get": { fail: "x" } });
    const locked = await under.nodeIn("active", {}, { "power.get": { fail: "x" } });
    await under.stores.nodes.reserve(locked, { host: "cond-1", bootId: under.conductor.bootId, purpose: "test" });
    for (let pass = 0; pass < 4; pass++) await under.conductor.pass("power sync");
    assert.equal((await under.node(waiting)).maintenance, false);
    assert.equal((await under.node(locked)).maintenance, false);
  });
});
