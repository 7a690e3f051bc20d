/** A forced abort works in every state that is neither stable nor a failure, and leaves the others alone. */
import assert from "node:assert/strict";
import { can, TRANSITIONS } from "../../../common/provision-machine.ts";
import { STABLE_STATES, STATES, type State } from "../../../common/states.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { agentOf } from "../../support/scripted-driver.ts";

const AT_REST: readonly State[] = [...STABLE_STATES, ...STATES.filter((state) => state.endsWith("failed"))];
const IN_BETWEEN = STATES.filter((state) => !AT_REST.includes(state));

describe("forced abort by state", () => {
  let under: ConductorUnderTest;
  before(async () => {
    under = await conductorUnderTest();
  });
  after(() => under[Symbol.asyncDispose]());

  const abort = (node: string) => under.call("forceAbort", { node, reason: null });

  for (const state of IN_BETWEEN) {
    it(`ends ${state} in the fail state of its flow, with a note`, async () => {
      const uuid = await under.nodeIn(state, { target_provision_state: state === "cleaning" ? "available" : "active" });
      const answer = await abort(uuid);
      const node = await under.node(uuid);
      const expected = TRANSITIONS[state]?.[can(state, "fail") ? "fail" : "abort"];
      assert.deepEqual([node.provision_state, node.reservation, node.maintenance], [expected, null, false]);
      assert.equal(answer.provision_state, expected);
      assert.match(answer.note, /broken off by force.*may be unfinished.*start again with/);
      assert.equal(node.last_error, answer.note);
    });
  }

  for (const state of AT_REST) {
    it(`refuses ${state}: nothing is under way`, async () => {
      const uuid = await under.nodeIn(state);
      const before = await under.node(uuid);
      await assert.rejects(abort(uuid), { code: 409 });
      const now = await under.node(uuid);
      assert.deepEqual({ ...now, updated_at: null, lock_number: 0 }, { ...before, updated_at: null, lock_number: 0 });
    });
  }

  it("breaks off the putting away of a machine whose flow has failed already", async () => {
    const uuid = await under.nodeIn("available", { deploy_interface: "scripted" });
    const agent = agentOf(uuid);
    let hangs = () => {};
    const hanging = new Promise<void>((resolve) => {
      hangs = resolve;
    });
    agent.during.prepare = () => Promise.reject(new Error("no ramdisk"));
    agent.during.cleanUp = () => {
      hangs();
      return new Promise(() => {});
    };
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await hanging;
    await abort(uuid);
    const node = await under.node(uuid);
    assert.deepEqual([node.provision_state, node.reservation], ["deploy failed", null]);
    assert.match(node.last_error ?? "", /no ramdisk.*broken off by force/);
    assert.equal(node.driver_internal_info.putting_away, undefined);
  });

  it("fences the work that it broke off: what still runs can neither save nor act", async () => {
    const uuid = await under.nodeIn("available", { deploy_interface: "scripted" });
    const agent = agentOf(uuid);
    let thaw = () => {};
    let reached = () => {};
    const frozen = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let outcome: Promise<void> = Promise.resolve();
    agent.during.prepare = async (task) => {
      reached();
      await new Promise<void>((resolve) => {
        thaw = resolve;
      });
      outcome = task.ensureLock();
      await outcome.catch(() => {});
    };
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await frozen;
    await abort(uuid);
    const before = await under.node(uuid);
    thaw();
    await under.conductor.idle();
    await assert.rejects(outcome, { code: 409 });
    assert.deepEqual(await under.node(uuid), before);
  });

  it("releases a lock of this process that no work holds any more", async () => {
    const uuid = await under.nodeIn("cleaning");
    const { bootId } = under.conductor;
    await under.stores.nodes.reserve(uuid, { host: "cond-1", bootId, purpose: "lost" });
    await abort(uuid);
    assert.deepEqual((await under.until(uuid, "clean failed")).reservation, null);
  });

  it("does not take a lock from another conductor that is alive", async () => {
    const uuid = await under.nodeIn("cleaning");
    await under.stores.conductors.register(
      { hostname: "cond-2", boot_id: "alive", conductor_group: "other", drivers: [] },
      [],
    );
    await under.stores.nodes.reserve(uuid, { host: "cond-2", bootId: "alive", purpose: "cleaning" });
    await assert.rejects(abort(uuid), /locked by host cond-2 for cleaning/);
    assert.equal((await under.node(uuid)).reservation, "cond-2");
  });
});
