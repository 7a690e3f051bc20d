import assert from "node:assert/strict";
import { NodeNotFound } from "../../../../common/errors/node.ts";
import {
  VolumeConnectorAlreadyExists,
  VolumeConnectorNotFound,
  VolumeConnectorTypeAndIdAlreadyExists,
  VolumeTargetAlreadyExists,
  VolumeTargetBootIndexAlreadyExists,
  VolumeTargetNotFound,
} from "../../../../common/errors/volume.ts";
import type { NewVolumeConnector, NewVolumeTarget } from "../../../../common/objects/volume.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

onEachDatabase("volume stores", (databases) => {
  async function withNode() {
    const stores = await databases.open();
    const node_uuid = (await stores.nodes.create(newNode())).uuid;
    const connector = (values: Partial<NewVolumeConnector> = {}): NewVolumeConnector => ({
      uuid: crypto.randomUUID(),
      node_uuid,
      type: "iqn",
      connector_id: "iqn.2026-11.org:1",
      ...values,
    });
    const target = (values: Partial<NewVolumeTarget> = {}): NewVolumeTarget => ({
      uuid: crypto.randomUUID(),
      node_uuid,
      volume_type: "iscsi",
      volume_id: "v1",
      boot_index: 0,
      ...values,
    });
    return { ...stores, node_uuid, connector, target };
  }

  it("connectors: made, changed, removed; type and id together are unique", async () => {
    const { volumeConnectors: store, connector } = await withNode();
    const one = await store.create(connector({ extra: { a: 1 } }));
    assert.deepEqual(await store.get(one.uuid), one);
    await refusedWith(store.create(connector()), VolumeConnectorTypeAndIdAlreadyExists, "iqn.2026-11.org:1");
    const ip = await store.create(connector({ type: "ip" }));
    await refusedWith(store.update(ip.uuid, { type: "iqn" }), VolumeConnectorTypeAndIdAlreadyExists, "iqn");
    const again = connector({ uuid: one.uuid, connector_id: "x" });
    await refusedWith(store.create(again), VolumeConnectorAlreadyExists, one.uuid);
    const changed = await store.update(one.uuid, { connector_id: "y" });
    assert.deepEqual(changed, { ...one, connector_id: "y", updated_at: changed.updated_at });
    await store.destroy(one.uuid);
    await refusedWith(store.get(one.uuid), VolumeConnectorNotFound, one.uuid);
    await refusedWith(store.destroy(one.uuid), VolumeConnectorNotFound, one.uuid);
    await refusedWith(store.update(one.uuid, {}), VolumeConnectorNotFound, one.uuid);
    const node_uuid = crypto.randomUUID();
    await refusedWith(store.create(connector({ node_uuid, type: "z" })), NodeNotFound, node_uuid);
  });

  it("targets: a boot index is unique on its node", async () => {
    const { volumeTargets: store, nodes, target } = await withNode();
    const one = await store.create(target());
    await refusedWith(store.create(target()), VolumeTargetBootIndexAlreadyExists, "boot index 0");
    const two = await store.create(target({ boot_index: 1 }));
    await refusedWith(store.update(two.uuid, { boot_index: 0 }), VolumeTargetBootIndexAlreadyExists, "boot index 0");
    await refusedWith(store.create(target({ uuid: one.uuid, boot_index: 2 })), VolumeTargetAlreadyExists, one.uuid);
    const other = await nodes.create(newNode());
    await store.create(target({ node_uuid: other.uuid }));
    await store.destroy(one.uuid);
    await refusedWith(store.destroy(one.uuid), VolumeTargetNotFound, one.uuid);
    await refusedWith(store.update(one.uuid, {}), VolumeTargetNotFound, one.uuid);
  });

  it("targets: secrets lie apart, are kept when the mask comes back and go with their path", async () => {
    const { volumeTargets: store, node_uuid, target } = await withNode();
    const chap = { auth_password: "hunter2", target_portal: "x", nested: { secret: "deep" } };
    const made = await store.create(target({ properties: chap }));
    const masked = { auth_password: "******", target_portal: "x", nested: { secret: "******" } };
    assert.deepEqual(made.properties, masked);
    const revealed = async () => (await store.revealedOfNode(node_uuid)).map(({ properties }) => properties);
    assert.deepEqual(await revealed(), [chap]);
    const changed = await store.update(made.uuid, { properties: { ...masked, target_portal: "y" } });
    assert.deepEqual(changed.properties, { ...masked, target_portal: "y" });
    assert.deepEqual(await revealed(), [{ ...chap, target_portal: "y" }]);
    await store.update(made.uuid, { boot_index: 4 });
    assert.deepEqual(await revealed(), [{ ...chap, target_portal: "y" }]);
    await store.update(made.uuid, { properties: { a: 1 } });
    assert.deepEqual(await revealed(), [{ a: 1 }]);
    const raw = await databases.raw();
    assert.deepEqual(await raw.rows("select * from volume_target_secrets"), []);
    assert.deepEqual(await raw.rows("select * from volume_targets where properties like '%hunter2%'"), []);
  });

  it("go with their node, secrets too", async () => {
    const { volumeTargets, volumeConnectors, nodes, node_uuid, connector, target } = await withNode();
    await volumeConnectors.create(connector());
    await volumeTargets.create(target({ properties: { auth_password: "hunter2" } }));
    await nodes.destroy((await nodes.reserve(node_uuid, lockRequest())).ticket);
    assert.deepEqual([await volumeTargets.list(), await volumeConnectors.list()], [[], []]);
    assert.deepEqual(await (await databases.raw()).rows("select * from volume_target_secrets"), []);
  });
});
