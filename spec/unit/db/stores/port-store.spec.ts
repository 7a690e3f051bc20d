import assert from "node:assert/strict";
import { NodeLocked, NodeNotFound } from "../../../../common/errors/node.ts";
import {
  MacAlreadyExists,
  PortAlreadyExists,
  PortDuplicateName,
  PortNotFound,
} from "../../../../common/errors/request.ts";
import type { NewPort } from "../../../../common/objects/port.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

onEachDatabase("port store", (databases) => {
  async function withNode() {
    const stores = await databases.open();
    const node = await stores.nodes.create(newNode());
    const port = (values: Partial<NewPort> = {}): NewPort => ({
      uuid: crypto.randomUUID(),
      node_uuid: node.uuid,
      address: "52:54:00:aa:bb:01",
      ...values,
    });
    return { ...stores, node, port };
  }

  it("creates ports with defaults and finds them by UUID, address in any case, and name", async () => {
    const { ports, port, node } = await withNode();
    const made = await ports.create(port({ address: "52:54:00:AA:BB:01", name: "eth0", extra: { a: [1] } }));
    assert.equal(made.address, "52:54:00:aa:bb:01");
    assert.deepEqual([made.pxe_enabled, made.is_smartnic, made.local_link_connection], [true, false, {}]);
    for (const ident of [made.uuid, "52:54:00:AA:bb:01", "eth0"]) assert.deepEqual(await ports.get(ident), made);
    assert.deepEqual(await ports.byAddress("52:54:00:AA:BB:01"), made);
    assert.deepEqual(await ports.ofNode(node.uuid), [made]);
    assert.equal(await ports.byAddress("52:54:00:00:00:00"), null);
  });

  it("creates a port at once only on a node that nobody holds", async () => {
    const { nodes, ports, port, node } = await withNode();
    const { ticket } = await nodes.reserve(node.uuid, lockRequest());
    await refusedWith(ports.createUnlocked(port()), NodeLocked, node.uuid);
    assert.deepEqual(await ports.ofNode(node.uuid), []);
    await nodes.release(ticket);
    const made = await ports.createUnlocked(port());
    assert.deepEqual(await ports.ofNode(node.uuid), [made]);
    const missing = crypto.randomUUID();
    await refusedWith(ports.createUnlocked(port({ node_uuid: missing })), NodeNotFound, missing);
  });

  it("changes and removes them", async () => {
    const { ports, port } = await withNode();
    const made = await ports.create(port());
    const changed = await ports.update(made.uuid, { pxe_enabled: false, physical_network: "net1" });
    assert.deepEqual(changed, {
      ...made,
      pxe_enabled: false,
      physical_network: "net1",
      updated_at: changed.updated_at,
    });
    assert.ok(changed.updated_at !== null);
    await ports.destroy(made.uuid);
    await refusedWith(ports.get(made.uuid), PortNotFound, made.uuid);
    await refusedWith(ports.destroy(made.uuid), PortNotFound, made.uuid);
    await refusedWith(ports.update(made.uuid, { name: "x" }), PortNotFound, made.uuid);
  });

  it("refuses what another port has already, and nodes that do not exist", async () => {
    const { ports, port } = await withNode();
    const first = await ports.create(port({ name: "eth0" }));
    const second = await ports.create(port({ address: "52:54:00:aa:bb:02" }));
    await refusedWith(ports.create(port()), MacAlreadyExists, "52:54:00:aa:bb:01");
    await refusedWith(ports.update(second.uuid, { address: "52:54:00:AA:BB:01" }), MacAlreadyExists, "aa:bb:01");
    await refusedWith(ports.update(second.uuid, { name: "eth0" }), PortDuplicateName, "eth0");
    const address = "52:54:00:aa:bb:03";
    await refusedWith(ports.create(port({ uuid: first.uuid, address })), PortAlreadyExists, first.uuid);
    const node_uuid = crypto.randomUUID();
    await refusedWith(ports.create(port({ address, node_uuid })), NodeNotFound, node_uuid);
    assert.equal((await ports.list()).length, 2);
  });
});
