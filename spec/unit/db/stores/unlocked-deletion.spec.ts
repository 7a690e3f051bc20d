import assert from "node:assert/strict";
import { NodeLocked, NodeNotFound } from "../../../../common/errors/node.ts";
import { PortNotFound } from "../../../../common/errors/request.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const ticket = (node_uuid: string) => ({
  token: "t0ken",
  node_uuid,
  purpose: "deploy",
  boot_interface: "ipxe",
  files: {},
});

onEachDatabase("deletion where nobody holds the node", (databases) => {
  it("takes the node and all that is its own, or leaves everything when the caller says so", async () => {
    const { nodes, ports, bootTickets } = await databases.open();
    const { uuid } = await nodes.create(newNode({ driver_info: { password: "s3cret" } }));
    const port = await ports.create({ uuid: crypto.randomUUID(), node_uuid: uuid, address: "52:54:00:00:00:01" });
    await bootTickets.put(ticket(uuid));
    assert.equal(await nodes.destroyUnlocked(uuid, ({ driver_info }) => driver_info.password === "no"), false);
    assert.equal((await bootTickets.ofNode(uuid)).length, 1);
    assert.equal(await nodes.destroyUnlocked(uuid, () => true), true);
    await refusedWith(nodes.get(uuid), NodeNotFound, uuid);
    assert.deepEqual([await bootTickets.ofNode(uuid), await ports.find(port.uuid)], [[], null]);
    await refusedWith(
      nodes.destroyUnlocked(uuid, () => true),
      NodeNotFound,
      uuid,
    );
  });

  it("takes a port, or leaves it when the caller says so", async () => {
    const { nodes, ports } = await databases.open();
    const { uuid: node } = await nodes.create(newNode());
    const { uuid } = await ports.create({ uuid: crypto.randomUUID(), node_uuid: node, address: "52:54:00:00:00:02" });
    assert.equal(await ports.destroyUnlocked(uuid, node, ({ extra }) => extra.gone === true), false);
    assert.equal(await ports.destroyUnlocked(uuid, node, () => true), true);
    await refusedWith(
      ports.destroyUnlocked(uuid, node, () => true),
      PortNotFound,
      uuid,
    );
  });

  it("is refused, without asking the caller, while somebody holds the node", async () => {
    const { nodes, ports } = await databases.open();
    const { uuid: node } = await nodes.create(newNode());
    const { uuid } = await ports.create({ uuid: crypto.randomUUID(), node_uuid: node, address: "52:54:00:00:00:03" });
    await nodes.reserve(node, lockRequest());
    const asked = () => assert.fail("the caller was asked about a node that is held");
    await refusedWith(nodes.destroyUnlocked(node, asked), NodeLocked, node);
    await refusedWith(ports.destroyUnlocked(uuid, node, asked), NodeLocked, node);
    assert.ok(await ports.find(uuid));
  });
});
