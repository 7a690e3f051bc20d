/** Port groups and their members, traits, VIFs and volumes under the node's lock: what is refused when. */
import assert from "node:assert/strict";
import type { NewPort } from "../../../common/objects/port.ts";
import type { NewPortgroup } from "../../../common/objects/portgroup.ts";
import { MAX_TRAITS } from "../../../common/traits.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("parts of nodes", () => {
  let under: ConductorUnderTest;
  let addresses = 0;
  before(async () => {
    under = await conductorUnderTest();
  });
  after(() => under[Symbol.asyncDispose]());

  const groupOf = (node_uuid: string, values: Partial<NewPortgroup> = {}) =>
    under.stores.portgroups.create({ uuid: crypto.randomUUID(), node_uuid, ...values });
  const portOf = (node_uuid: string, values: Partial<NewPort> = {}) => {
    addresses += 1;
    const address = `52:54:00:00:01:${addresses.toString(16).padStart(2, "0")}`;
    return under.call("createPort", { values: { uuid: crypto.randomUUID(), node_uuid, address, ...values } });
  };
  const changePort = (node: string, port: string, changes: object) => under.call("updatePort", { node, port, changes });
  const networkOf = async (group: string) => (await under.stores.portgroups.get(group)).physical_network;

  it("members have one physical network: the first one decides where the group has none", async () => {
    const node = await under.nodeIn("enroll");
    const { uuid: portgroup_uuid } = await groupOf(node);
    await portOf(node, { portgroup_uuid, physical_network: "a" });
    assert.equal(await networkOf(portgroup_uuid), "a");
    await assert.rejects(portOf(node, { portgroup_uuid, physical_network: "b" }), { code: 409 });
    await assert.rejects(portOf(node, { portgroup_uuid }), { code: 409 });
    await portOf(node, { portgroup_uuid, physical_network: "a" });
    const empty = await groupOf(node);
    await portOf(node, { portgroup_uuid: empty.uuid });
    await assert.rejects(portOf(node, { portgroup_uuid: empty.uuid, physical_network: "a" }), { code: 409 });
  });

  it("a change of a port is held to the same", async () => {
    const node = await under.nodeIn("enroll");
    const group = await groupOf(node, { physical_network: "a" });
    const port = await portOf(node);
    const join = { portgroup_uuid: group.uuid };
    await assert.rejects(changePort(node, port.uuid, join), { code: 409 });
    await changePort(node, port.uuid, { ...join, physical_network: "a" });
    await assert.rejects(changePort(node, port.uuid, { physical_network: "b" }), { code: 409 });
    await changePort(node, port.uuid, { extra: { a: 1 } });
    await changePort(node, port.uuid, { portgroup_uuid: null, physical_network: "b" });
    const alone = await groupOf(node);
    const only = await portOf(node, { portgroup_uuid: alone.uuid });
    await changePort(node, only.uuid, { physical_network: "c" });
    assert.equal(await networkOf(alone.uuid), "c");
  });

  it("a port joins groups of its own node that exist, and those without standalone ports without network boot", async () => {
    const [node, other] = [await under.nodeIn("enroll"), await under.nodeIn("enroll")];
    const foreign = await groupOf(other);
    for (const portgroup_uuid of [foreign.uuid, crypto.randomUUID()]) {
      await assert.rejects(portOf(node, { portgroup_uuid }), { code: 400 });
      const port = await portOf(node);
      await assert.rejects(changePort(node, port.uuid, { portgroup_uuid }), { code: 400 });
    }
    const strict = await groupOf(node, { standalone_ports_supported: false });
    await assert.rejects(portOf(node, { portgroup_uuid: strict.uuid, pxe_enabled: true }), { code: 409 });
    await portOf(node, { portgroup_uuid: strict.uuid, pxe_enabled: false });
  });

  it("a port group moves while its node may be rewired and nothing belongs to it", async () => {
    const [node, target] = [await under.nodeIn("available"), await under.nodeIn("enroll")];
    const group = await groupOf(node);
    const move = () =>
      under.call("updatePortgroup", { node, portgroup: group.uuid, changes: { node_uuid: target, mode: "x" } });
    await assert.rejects(move(), { code: 409 });
    await under.stores.nodes.touch(node, { maintenance: true });
    const port = await portOf(node, { portgroup_uuid: group.uuid });
    await assert.rejects(move(), { code: 400 });
    await assert.rejects(under.call("destroyPortgroup", { node, portgroup: group.uuid }), { code: 400 });
    await under.call("destroyPort", { node, port: port.uuid });
    assert.equal((await move()).node_uuid, target);
    await under.call("destroyPortgroup", { node: target, portgroup: group.uuid });
  });

  it("traits are added, replaced and taken away, at most 50 of them; the node itself does not count as changed", async () => {
    const node = await under.nodeIn("active");
    const add = (traits: readonly string[], replace = false) => under.call("addNodeTraits", { node, traits, replace });
    const traits = async () => (await under.node(node)).traits;
    const { updated_at } = await under.node(node);
    await add(["CUSTOM_B", "CUSTOM_A", "CUSTOM_B"], true);
    await add(["CUSTOM_C"]);
    assert.deepEqual(await traits(), ["CUSTOM_A", "CUSTOM_B", "CUSTOM_C"]);
    await under.call("removeNodeTraits", { node, traits: ["CUSTOM_B"] });
    await assert.rejects(under.call("removeNodeTraits", { node, traits: ["CUSTOM_B"] }), { code: 404 });
    const many = Array.from({ length: MAX_TRAITS }, (_, index) => `CUSTOM_${index}`);
    await assert.rejects(add([...many, "CUSTOM_X"], true), { code: 400 });
    assert.deepEqual(await traits(), ["CUSTOM_A", "CUSTOM_C"]);
    await add(many, true);
    await assert.rejects(add(["CUSTOM_X"]), { code: 400 });
    await under.call("removeNodeTraits", { node, traits: null });
    assert.deepEqual(await traits(), []);
    assert.equal((await under.node(node)).updated_at, updated_at);
  });

  it("noop networks take VIFs and remember none; the lock guards them", async () => {
    const node = await under.nodeIn("active");
    await under.call("vifAttach", { node, vif: { id: "v" } });
    assert.deepEqual(await under.call("vifList", { node }), []);
    await under.call("vifDetach", { node, vif_id: "v" });
    const { ticket } = await under.stores.nodes.reserve(node, { host: "x", bootId: "x", purpose: "x" });
    await assert.rejects(under.call("vifAttach", { node, vif: { id: "v" } }), { code: 409 });
    await under.stores.nodes.release(ticket);
  });

  it("volumes change on a machine that is off, and go then or before it is in use", async () => {
    const [node, on] = [
      await under.nodeIn("active", { power_state: "power off" }),
      await under.nodeIn("active", { power_state: "power on" }),
    ];
    const connectorOf = (node_uuid: string) =>
      under.stores.volumeConnectors.create({
        uuid: crypto.randomUUID(),
        node_uuid,
        type: "iqn",
        connector_id: crypto.randomUUID(),
      });
    const targetOf = (node_uuid: string) =>
      under.stores.volumeTargets.create({
        uuid: crypto.randomUUID(),
        node_uuid,
        volume_type: "iscsi",
        volume_id: "v",
        boot_index: 0,
        properties: { auth_password: "hunter2" },
      });
    for (const [owner, code] of [
      [node, null],
      [on, 400],
    ] as const) {
      const [connector, target] = [(await connectorOf(owner)).uuid, (await targetOf(owner)).uuid];
      const moved = { node: owner, target, changes: { node_uuid: on } };
      if (owner === node) await assert.rejects(under.call("updateVolumeTarget", moved), { code: 400 });
      const calls = [
        () => under.call("updateVolumeConnector", { node: owner, connector, changes: { extra: { a: 1 } } }),
        () => under.call("updateVolumeTarget", { node: owner, target, changes: { boot_index: 3 } }),
        () => under.call("destroyVolumeConnector", { node: owner, connector }),
        () => under.call("destroyVolumeTarget", { node: owner, target }),
      ];
      for (const call of calls) {
        if (code === null) assert.doesNotMatch(JSON.stringify((await call()) ?? null), /hunter2/);
        else await assert.rejects(call(), { code });
      }
    }
    const early = await under.nodeIn("enroll");
    const { uuid } = await connectorOf(early);
    await under.call("destroyVolumeConnector", { node: early, connector: uuid });
  });
});
