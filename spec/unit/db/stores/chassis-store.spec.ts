import assert from "node:assert/strict";
import { ChassisAlreadyExists, ChassisNotEmpty, ChassisNotFound } from "../../../../common/errors/request.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

onEachDatabase("chassis store", (databases) => {
  it("creates, changes and lists chassis", async () => {
    const { chassis } = await databases.open();
    const made = await chassis.create({ uuid: crypto.randomUUID(), description: "row 1" });
    assert.deepEqual(made.extra, {});
    const changed = await chassis.update(made.uuid, { extra: { a: 1 }, description: null });
    assert.deepEqual([changed.extra, changed.description], [{ a: 1 }, null]);
    assert.deepEqual(await chassis.list({ fields: ["description"] }), [
      { id: made.id, uuid: made.uuid, description: null },
    ]);
    await refusedWith(chassis.create({ uuid: made.uuid }), ChassisAlreadyExists, made.uuid);
  });

  it("takes its nodes along when its UUID changes", async () => {
    const { chassis, nodes } = await databases.open();
    const made = await chassis.create({ uuid: crypto.randomUUID() });
    const node = await nodes.create(newNode({ chassis_uuid: made.uuid }));
    const uuid = crypto.randomUUID();
    assert.equal((await chassis.update(made.uuid, { uuid })).uuid, uuid);
    assert.equal((await nodes.get(node.uuid)).chassis_uuid, uuid);
    await refusedWith(chassis.get(made.uuid), ChassisNotFound, made.uuid);
  });

  it("stays while it has nodes", async () => {
    const { chassis, nodes } = await databases.open();
    const { uuid } = await chassis.create({ uuid: crypto.randomUUID() });
    const node = await nodes.create(newNode({ chassis_uuid: uuid }));
    await refusedWith(chassis.destroy(uuid), ChassisNotEmpty, uuid);
    const { ticket } = await nodes.reserve(node.uuid, lockRequest());
    await nodes.destroy(ticket);
    await chassis.destroy(uuid);
    await refusedWith(chassis.destroy(uuid), ChassisNotFound, uuid);
  });
});
