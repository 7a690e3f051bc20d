import assert from "node:assert/strict";
import {
  PortgroupAlreadyExists,
  PortgroupDuplicateName,
  PortgroupMacAlreadyExists,
  PortgroupNotEmpty,
  PortgroupNotFound,
} from "../../../../common/errors/network.ts";
import { NodeNotFound } from "../../../../common/errors/node.ts";
import type { NewPortgroup } from "../../../../common/objects/portgroup.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

onEachDatabase("portgroup store", (databases) => {
  async function withNode() {
    const stores = await databases.open();
    const node = await stores.nodes.create(newNode());
    const group = (values: Partial<NewPortgroup> = {}): NewPortgroup => ({
      uuid: crypto.randomUUID(),
      node_uuid: node.uuid,
      ...values,
    });
    return { ...stores, node, group };
  }

  it("creates groups with defaults and finds them by UUID and name", async () => {
    const { portgroups, group } = await withNode();
    const made = await portgroups.create(group({ name: "bond0", address: "52:54:00:AA:BB:01", properties: { a: 1 } }));
    assert.equal(made.address, "52:54:00:aa:bb:01");
    assert.deepEqual([made.standalone_ports_supported, made.dynamic_portgroup, made.mode], [true, false, null]);
    for (const ident of [made.uuid, "bond0"]) assert.deepEqual(await portgroups.get(ident), made);
    await refusedWith(portgroups.get("bond1"), PortgroupNotFound, "bond1");
  });

  it("gives a new physical network to all members, and leaves other ports alone", async () => {
    const { portgroups, ports, node, group } = await withNode();
    const { uuid } = await portgroups.create(group({ physical_network: "old" }));
    const port = (last: string, portgroup_uuid: string | null) =>
      ports.create({
        uuid: crypto.randomUUID(),
        node_uuid: node.uuid,
        address: `52:54:00:aa:bb:${last}`,
        physical_network: "old",
        portgroup_uuid,
      });
    const [member, other] = [await port("01", uuid), await port("02", null)];
    await portgroups.update(uuid, { mode: "802.3ad" });
    assert.deepEqual(await ports.get(member.uuid), member);
    await portgroups.update(uuid, { physical_network: "new" });
    assert.equal((await ports.get(member.uuid)).physical_network, "new");
    assert.equal((await ports.get(other.uuid)).physical_network, "old");
  });

  it("refuses what another group has already, and nodes that do not exist", async () => {
    const { portgroups, group } = await withNode();
    const first = await portgroups.create(group({ name: "bond0", address: "52:54:00:aa:bb:01" }));
    const second = await portgroups.create(group());
    await refusedWith(portgroups.create(group({ name: "bond0" })), PortgroupDuplicateName, "bond0");
    await refusedWith(portgroups.update(second.uuid, { name: "bond0" }), PortgroupDuplicateName, "bond0");
    const address = "52:54:00:AA:BB:01";
    await refusedWith(portgroups.create(group({ address })), PortgroupMacAlreadyExists, "aa:bb:01");
    await refusedWith(portgroups.create(group({ uuid: first.uuid })), PortgroupAlreadyExists, first.uuid);
    const node_uuid = crypto.randomUUID();
    await refusedWith(portgroups.create(group({ node_uuid })), NodeNotFound, node_uuid);
    assert.equal((await portgroups.list()).length, 2);
  });

  it("removes empty groups only; with their node they go, members and all", async () => {
    const { portgroups, ports, nodes, node, group } = await withNode();
    const { uuid } = await portgroups.create(group());
    const address = "52:54:00:aa:bb:01";
    const port = await ports.create({ uuid: crypto.randomUUID(), node_uuid: node.uuid, address, portgroup_uuid: uuid });
    await refusedWith(portgroups.destroy(uuid), PortgroupNotEmpty, uuid);
    await ports.update(port.uuid, { portgroup_uuid: null });
    await portgroups.destroy(uuid);
    await refusedWith(portgroups.destroy(uuid), PortgroupNotFound, uuid);
    await refusedWith(portgroups.update(uuid, { name: "x" }), PortgroupNotFound, uuid);
    await portgroups.create(group());
    await nodes.destroy((await nodes.reserve(node.uuid, lockRequest())).ticket);
    assert.deepEqual(await portgroups.list(), []);
  });
});
