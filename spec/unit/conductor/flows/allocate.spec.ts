/** Allocations: which node is chosen, what becomes of the tie, and what is left when a process stops in between. */
import assert from "node:assert/strict";
import type { Allocation, NewAllocation } from "../../../../common/objects/allocation.ts";
import type { NewNode } from "../../../../common/objects/node.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";

describe("allocations", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const fitting = (values: Partial<NewNode> = {}) =>
    under.nodeIn("available", { resource_class: "rc", power_state: "power off", ...values });
  const create = (values: Partial<NewAllocation> = {}) =>
    under.call("createAllocation", { values: { resource_class: "rc", ...values } });
  const settled = async (made: Allocation): Promise<Allocation> => {
    await under.conductor.idle();
    return under.stores.allocations.get(made.uuid);
  };
  const allocated = async (values: Partial<NewAllocation> = {}) => settled(await create(values));

  it("answers before it has looked, then ties a node that fits", async () => {
    const node = await fitting({ traits: ["CUSTOM_A", "CUSTOM_B"], instance_info: { a: 1 } });
    const made = await create({ traits: ["CUSTOM_A"] });
    assert.deepEqual([made.state, made.node_uuid, made.conductor_affinity], ["allocating", null, "cond-1"]);
    const { state, node_uuid, last_error } = await settled(made);
    assert.deepEqual([state, node_uuid, last_error], ["active", node, null]);
    const tied = await under.node(node);
    assert.deepEqual([tied.instance_uuid, tied.allocation_uuid], [made.uuid, made.uuid]);
    assert.deepEqual(tied.instance_info, { a: 1, traits: ["CUSTOM_A"] });
    assert.equal(tied.reservation, null);
  });

  const unfit: readonly [string, Partial<NewNode>][] = [
    ["in another state", { provision_state: "manageable" }],
    ["in maintenance", { maintenance: true }],
    ["with an instance", { instance_uuid: crypto.randomUUID() }],
    ["of unknown power state", { power_state: null }],
    ["of another resource class", { resource_class: "other" }],
    ["without the trait", { traits: ["CUSTOM_B"] }],
    ["of another owner", { owner: "o2" }],
  ];
  for (const [what, values] of unfit) {
    it(`takes no node ${what}, and says what it was looking for`, async () => {
      await fitting({ owner: "o1", traits: ["CUSTOM_A"], ...values });
      const { state, node_uuid, last_error } = await allocated({ owner: "o1", traits: ["CUSTOM_A"] });
      assert.deepEqual([state, node_uuid], ["error", null]);
      assert.match(last_error ?? "", /resource class rc with traits CUSTOM_A, owned or leased by o1/);
    });
  }

  it("takes a node that the owner only leases, and only candidates when some are named", async () => {
    const leased = await fitting({ lessee: "o1" });
    assert.equal((await allocated({ owner: "o1" })).node_uuid, leased);
    const [, second] = [await fitting(), await fitting()];
    assert.equal((await allocated({ candidate_nodes: [second ?? ""] })).node_uuid, second);
  });

  it("prefers the node of its own name", async () => {
    for (let index = 0; index < 8; index++) await fitting({ name: `n${index}` });
    const node = await under.stores.nodes.get("n5");
    assert.equal((await allocated({ name: "n5" })).node_uuid, node.uuid);
  });

  it("gives each of many at once a node of its own, and the last one an error", async () => {
    for (let index = 0; index < 6; index++) await fitting();
    const made = await Promise.all(Array.from({ length: 7 }, () => create()));
    await under.conductor.idle();
    const all = await Promise.all(made.map(({ uuid }) => under.stores.allocations.get(uuid)));
    const nodes = all.flatMap(({ node_uuid }) => (node_uuid === null ? [] : [node_uuid]));
    assert.equal(new Set(nodes).size, 6);
    assert.equal(all.filter(({ state }) => state === "error").length, 1);
  });

  it("passes over a node that stays locked", async () => {
    const [locked, free] = [await fitting({ name: "wanted" }), await fitting()];
    await under.stores.nodes.reserve(locked, { host: "other", bootId: "b", purpose: "test" });
    assert.equal((await allocated({ name: "wanted" })).node_uuid, free);
    const { state, last_error } = await allocated();
    assert.equal(state, "error");
    assert.match(last_error ?? "", /taken or locked/);
  });

  it("gives the node back when it is deleted", async () => {
    const node = await fitting();
    const { uuid } = await allocated();
    await under.call("destroyAllocation", { allocation: uuid });
    const { instance_uuid, allocation_uuid } = await under.node(node);
    assert.deepEqual([instance_uuid, allocation_uuid, await under.stores.allocations.find(uuid)], [null, null, null]);
    await assert.rejects(under.call("destroyAllocation", { allocation: uuid }), { code: 404 });
  });

  it("stays while its node is active, unless that is in maintenance", async () => {
    const node = await under.nodeIn("active", { resource_class: "rc" });
    const { uuid } = await create({ node_uuid: node });
    await assert.rejects(under.call("destroyAllocation", { allocation: uuid }), { code: 409 });
    await under.call("setMaintenance", { node, maintenance: true });
    await under.call("destroyAllocation", { allocation: uuid });
    assert.equal((await under.node(node)).instance_uuid, null);
  });

  it("goes with the instance_uuid of its node, and its owner keeps the node's", async () => {
    const node = await fitting({ owner: "o1" });
    const { uuid } = await allocated({ owner: "o1" });
    const update = (changes: object) => under.call("updateNode", { node, changes });
    await assert.rejects(update({ owner: "o2" }), { code: 409 });
    assert.equal((await update({ instance_uuid: null })).allocation_uuid, null);
    assert.equal(await under.stores.allocations.find(uuid), null);
    assert.equal((await update({ owner: "o2" })).owner, "o2");
  });

  it("goes with the tear-down and with the node", async () => {
    const node = await under.nodeIn("active", { resource_class: "rc", automated_clean: false });
    const first = await create({ node_uuid: node });
    await under.call("doNodeTearDown", { node });
    assert.equal((await under.until(node, "available")).allocation_uuid, null);
    assert.equal(await under.stores.allocations.find(first.uuid), null);
    const second = await allocated({ resource_class: "none" });
    const gone = await under.nodeIn("active", { maintenance: true });
    const third = await create({ node_uuid: gone, resource_class: null });
    await under.call("destroyNode", { node: gone });
    assert.equal(await under.stores.allocations.find(third.uuid), null);
    assert.notEqual(await under.stores.allocations.find(second.uuid), null);
  });

  it("ties an active node to a new allocation, under the instance's UUID when it has one", async () => {
    const instance_uuid = crypto.randomUUID();
    const node = await under.nodeIn("active", { resource_class: "rc", instance_uuid, traits: ["CUSTOM_A"] });
    const made = await create({ node_uuid: node, resource_class: null, traits: ["CUSTOM_A"] });
    assert.deepEqual(
      [made.uuid, made.state, made.resource_class, made.node_uuid],
      [instance_uuid, "active", "rc", node],
    );
    await assert.rejects(create({ node_uuid: node }), { name: "AllocationAlreadyExists", code: 409 });
  });

  const refused: readonly [string, Partial<NewNode>, Partial<NewAllocation>, number][] = [
    ["a node that is not active", { provision_state: "available" }, {}, 409],
    ["another resource class", {}, { resource_class: "other" }, 400],
    ["traits it has not", {}, { traits: ["CUSTOM_A"] }, 400],
    ["other candidates", {}, { candidate_nodes: [crypto.randomUUID()] }, 400],
    ["the UUID of another instance", { instance_uuid: crypto.randomUUID() }, { uuid: crypto.randomUUID() }, 409],
  ];
  for (const [what, node, values, code] of refused) {
    it(`refuses to backfill ${what} with ${code} and leaves nothing behind`, async () => {
      const node_uuid = await under.nodeIn("active", { resource_class: "rc", ...node });
      await assert.rejects(create({ node_uuid, ...values }), { code });
      assert.deepEqual(await under.stores.allocations.list(), []);
      assert.equal((await under.node(node_uuid)).allocation_uuid, null);
    });
  }

  it("is taken up by the next process when its own stopped before, and in the middle", async () => {
    const node = await fitting();
    const before = await under.stores.allocations.create({
      uuid: crypto.randomUUID(),
      resource_class: "rc",
      conductor_affinity: "cond-1",
    });
    const middle = await under.stores.allocations.create({ uuid: crypto.randomUUID(), conductor_affinity: "gone" });
    const tied = await fitting({ instance_uuid: middle.uuid, allocation_uuid: middle.uuid });
    const backfill = await under.stores.allocations.create({ uuid: crypto.randomUUID(), node_uuid: tied });
    await under.conductor.pass("allocations");
    assert.equal((await under.stores.allocations.get(before.uuid)).node_uuid, node);
    const { state, node_uuid } = await under.stores.allocations.get(middle.uuid);
    assert.deepEqual([state, node_uuid], ["active", tied]);
    assert.equal((await under.stores.allocations.get(backfill.uuid)).state, "error");
  });

  it("leaves the node alone when it was deleted while a node was being chosen", async () => {
    const node = await fitting();
    const made = await under.stores.allocations.create({ uuid: crypto.randomUUID(), resource_class: "rc" });
    const released = under.next((event) => event.node === node && event.type === "lock" && event.status === "taken");
    const pass = under.conductor.pass("allocations");
    await released;
    await under.stores.allocations.destroy(made.uuid);
    await pass;
    const { instance_uuid, allocation_uuid } = await under.node(node);
    const kept = await under.stores.allocations.find(made.uuid);
    assert.deepEqual([instance_uuid, allocation_uuid, kept], [null, null, null]);
  });

  it("is refused without a free worker, and not stored", async () => {
    await under[Symbol.asyncDispose]();
    under = await conductorUnderTest({ conductor: { workers_pool_size: 3, reserved_workers_pool_percentage: 50 } });
    const holding = Array.from({ length: 3 }, () => create().catch((error: { code: number }) => error.code));
    assert.ok((await Promise.all(holding)).includes(503));
    assert.ok((await under.stores.allocations.list()).length < 3);
  });
});
