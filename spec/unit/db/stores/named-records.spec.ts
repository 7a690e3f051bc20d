import assert from "node:assert/strict";
import {
  AllocationAlreadyExists,
  AllocationDuplicateName,
  AllocationNotFound,
  DeployTemplateDuplicateName,
  DeployTemplateNotFound,
  RunbookAlreadyExists,
  RunbookNotFound,
} from "../../../../common/errors/request.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const uuid = () => crypto.randomUUID();
const STEPS = [{ interface: "bios", step: "a", args: { b: [1] }, priority: 5 }] as const;

onEachDatabase("stores of allocations, deploy templates and runbooks", (databases) => {
  it("creates an allocation that looks for a node, found by UUID and by name", async () => {
    const { allocations } = await databases.open();
    const made = await allocations.create({ uuid: uuid(), name: "one", resource_class: "rc", traits: ["CUSTOM_A"] });
    assert.deepEqual(
      [made.state, made.node_uuid, made.candidate_nodes, made.traits, made.extra, made.updated_at],
      ["allocating", null, [], ["CUSTOM_A"], {}, null],
    );
    assert.deepEqual(await allocations.get(made.uuid), made);
    assert.deepEqual(await allocations.get("one"), made);
    assert.equal(await allocations.find("none"), null);
    await refusedWith(allocations.get("none"), AllocationNotFound, "none");
    await refusedWith(allocations.create({ uuid: made.uuid }), AllocationAlreadyExists, made.uuid);
    await refusedWith(allocations.create({ uuid: uuid(), name: "one" }), AllocationDuplicateName, "one");
  });

  it("changes and removes an allocation only while the condition holds", async () => {
    const { allocations, nodes } = await databases.open();
    const node = await nodes.create(newNode());
    const made = await allocations.create({ uuid: uuid() });
    const unbound = [{ field: "node_uuid", null: true }] as const;
    const bound = await allocations.update(made.uuid, { node_uuid: node.uuid, state: "active" }, unbound);
    assert.deepEqual([bound.node_uuid, bound.state], [node.uuid, "active"]);
    await refusedWith(allocations.update(made.uuid, { state: "error" }, unbound), AllocationNotFound, made.uuid);
    assert.equal(await allocations.destroy(made.uuid, unbound), false);
    assert.equal(await allocations.destroy(made.uuid), true);
    assert.equal(await allocations.destroy(made.uuid), false);
  });

  it("loses an allocation with its node", async () => {
    const { allocations, nodes } = await databases.open();
    const node = await nodes.create(newNode());
    const made = await allocations.create({ uuid: uuid(), node_uuid: node.uuid, state: "active" });
    await nodes.destroy((await nodes.reserve(node.uuid, lockRequest())).ticket);
    assert.equal(await allocations.find(made.uuid), null);
  });

  it("keeps templates with their steps, and tells an empty change from a change", async () => {
    const { deployTemplates } = await databases.open();
    const made = await deployTemplates.create({ uuid: uuid(), name: "CUSTOM_A", steps: STEPS });
    assert.deepEqual((await deployTemplates.get("CUSTOM_A")).steps, STEPS);
    assert.equal((await deployTemplates.update(made.uuid, {})).updated_at, null);
    assert.notEqual((await deployTemplates.update(made.uuid, { extra: { a: 1 } })).updated_at, null);
    await deployTemplates.create({ uuid: uuid(), name: "CUSTOM_B", steps: STEPS });
    await refusedWith(deployTemplates.update(made.uuid, { name: "CUSTOM_B" }), DeployTemplateDuplicateName, "CUSTOM_B");
    await deployTemplates.destroy(made.uuid);
    await refusedWith(deployTemplates.destroy(made.uuid), DeployTemplateNotFound, made.uuid);
  });

  it("lists runbooks by whom they belong to, public ones for all", async () => {
    const { runbooks } = await databases.open();
    const steps = [{ interface: "bios", step: "a", args: {}, order: 1 }] as const;
    const mine = await runbooks.create({ uuid: uuid(), name: "mine", steps, owner: "p1" });
    await runbooks.create({ uuid: uuid(), name: "other", steps, owner: "p2" });
    await runbooks.create({ uuid: uuid(), name: "all", steps, public: true });
    const where = [{ anyOf: [[{ field: "owner", is: "p1" }], [{ field: "public", is: true }]] }];
    assert.deepEqual(
      (await runbooks.list({ where })).map(({ name }) => name),
      ["mine", "all"],
    );
    assert.deepEqual([mine.public, mine.disable_ramdisk, mine.traits, mine.description], [false, false, [], null]);
    assert.deepEqual((await runbooks.update(mine.uuid, { traits: ["CUSTOM_A"] })).traits, ["CUSTOM_A"]);
    await refusedWith(runbooks.create({ uuid: mine.uuid, name: "x", steps }), RunbookAlreadyExists, mine.uuid);
    await runbooks.destroy(mine.uuid);
    await refusedWith(runbooks.destroy(mine.uuid), RunbookNotFound, mine.uuid);
  });
});
