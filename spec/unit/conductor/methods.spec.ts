/** Creating, changing and deleting nodes and ports: defaults, checks and refusals by state. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("nodes and ports", () => {
  let under: ConductorUnderTest;
  before(async () => {
    under = await conductorUnderTest({ DEFAULT: { default_resource_class: "baremetal" } });
  });
  after(() => under[Symbol.asyncDispose]());

  const update = (node: string, changes: Parameters<typeof under.call<"updateNode">>[1]["changes"]) =>
    under.call("updateNode", { node, changes });

  it("gives a new node the default interfaces and resource class", async () => {
    const node = await under.node(await under.nodeIn("enroll", { bios_interface: "no-bios" }));
    assert.equal(node.power_interface, "fake");
    assert.equal(node.network_interface, "noop");
    assert.equal(node.bios_interface, "no-bios");
    assert.equal(node.resource_class, "baremetal");
  });

  it("refuses a driver and interfaces that are not enabled", async () => {
    const values = { uuid: crypto.randomUUID(), driver: "ipmi" };
    await assert.rejects(under.call("createNode", { values }), { code: 400, name: "NoValidHost" });
    const fake = { uuid: crypto.randomUUID(), driver: "fake-hardware", boot_interface: "ipxe" };
    await assert.rejects(under.call("createNode", { values: fake }), { code: 400 });
  });

  it("answers an update with the lock shown and secrets masked, and keeps the secrets", async () => {
    const uuid = await under.nodeIn("enroll", { driver_info: { fake_password: "x", a: 1 } });
    const answer = await update(uuid, { driver_info: { fake_password: "******", a: 2 } });
    assert.equal(answer.reservation, "cond-1");
    assert.deepEqual(answer.driver_info, { fake_password: "******", a: 2 });
    assert.deepEqual((await under.node(uuid)).driver_info, { fake_password: "x", a: 2 });
    assert.equal((await under.node(uuid)).reservation, null);
  });

  it("sets an interface back to its default when it is taken away", async () => {
    const uuid = await under.nodeIn("enroll", { bios_interface: "no-bios" });
    assert.equal((await update(uuid, { bios_interface: null })).bios_interface, "fake");
  });

  const refusals = [
    ["clean wait", { target_provision_state: "available" }, { extra: { a: 1 } }],
    ["active", {}, { boot_interface: "fake2" }],
    ["active", { resource_class: "a" }, { resource_class: "b" }],
    [
      "available",
      { instance_uuid: "11111111-1111-1111-1111-111111111111" },
      { instance_uuid: "22222222-1111-1111-1111-111111111111" },
    ],
    ["manageable", {}, { protected: true }],
    ["available", {}, { retired: true }],
    ["manageable", { console_enabled: true, console_interface: "fake" }, { driver: "other" }],
  ] as const;
  for (const [state, values, changes] of refusals) {
    it(`refuses ${JSON.stringify(changes)} in ${state}`, async () => {
      const uuid = await under.nodeIn(state, { ...values });
      await assert.rejects(
        update(uuid, changes),
        (error: { code: number }) => error.code === 409 || error.code === 400,
      );
    });
  }

  it("allows taking the instance away from a waiting node in maintenance", async () => {
    const instance_uuid = "33333333-1111-1111-1111-111111111111";
    const uuid = await under.nodeIn("clean wait", {
      target_provision_state: "available",
      instance_uuid,
      maintenance: true,
    });
    assert.equal((await update(uuid, { instance_uuid: null })).instance_uuid, null);
  });

  it("takes reason and fault away with the maintenance", async () => {
    const uuid = await under.nodeIn("enroll", { maintenance: true, maintenance_reason: "fan", fault: "power failure" });
    await under.call("setMaintenance", { node: uuid, maintenance: false });
    const node = await under.node(uuid);
    assert.deepEqual([node.maintenance, node.maintenance_reason, node.fault], [false, null, null]);
  });

  it("deletes by the rules of state, instance, protection and maintenance", async () => {
    const destroy = (node: string) => under.call("destroyNode", { node });
    for (const state of ["enroll", "manageable", "available", "adopt failed"] as const)
      await destroy(await under.nodeIn(state));
    await assert.rejects(destroy(await under.nodeIn("active")), { code: 409 });
    await assert.rejects(destroy(await under.nodeIn("active", { protected: true, maintenance: true })), { code: 403 });
    const instance_uuid = crypto.randomUUID();
    await assert.rejects(destroy(await under.nodeIn("manageable", { instance_uuid })), { code: 409 });
    for (const console_enabled of [false, true]) {
      const waiting = { maintenance: true, instance_uuid: crypto.randomUUID(), console_enabled };
      const gone = await under.nodeIn("clean wait", waiting);
      await destroy(gone);
      await assert.rejects(under.node(gone), { code: 404 });
      // Only a console has to be stopped under the lock.
      assert.equal(under.told(gone, "lock").at(-1)?.status, console_enabled ? "released" : undefined);
    }
  });

  it("guards ports by the node's state", async () => {
    const uuid = await under.nodeIn("available");
    const values = { uuid: crypto.randomUUID(), node_uuid: uuid, address: "52:54:00:00:00:01" };
    const port = await under.call("createPort", { values });
    const change = (changes: object) => under.call("updatePort", { node: uuid, port: port.uuid, changes });
    await change({ extra: { a: 1 } });
    await assert.rejects(change({ pxe_enabled: false }), { code: 409 });
    await under.stores.nodes.touch(uuid, { provision_state: "active" });
    await assert.rejects(change({ address: "52:54:00:00:00:02" }), { code: 409 });
    await under.stores.nodes.touch(uuid, { maintenance: true });
    assert.equal((await change({ address: "52:54:00:00:00:02" })).address, "52:54:00:00:00:02");
    await under.call("destroyPort", { node: uuid, port: port.uuid });
    await assert.rejects(under.stores.ports.get(port.uuid), { code: 404 });
  });

  it("validates every interface but vendor", async () => {
    const uuid = await under.nodeIn("enroll", { bios_interface: "no-bios" });
    const answer = await under.call("validateDriverInterfaces", { node: uuid });
    assert.deepEqual(answer.power, { result: true });
    assert.equal(answer.bios?.result, false);
    assert.equal(answer.vendor, undefined);
  });

  it("takes progress of the agent with its token only, and passes it on without secrets", async () => {
    const uuid = await under.nodeIn("deploying");
    const agent_token = await under.lookup(uuid);
    const events = [
      { type: "progress", stage: "write image", done: 5, total: 10, unit: "bytes" },
      { type: "agent.report", name: "disks", detail: { password: "p", found: 2 } },
      { type: "progress", stage: "write image", done: "many", unit: "bytes" },
    ];
    await assert.rejects(under.call("agentReport", { node: uuid, agent_token: "wrong", events }), { code: 400 });
    await under.call("agentReport", { node: uuid, agent_token, events });
    assert.equal(under.told(uuid, "progress").length, 1);
    assert.deepEqual(under.told(uuid, "agent.report")[0]?.detail, { password: "******", found: 2 });
  });
});
