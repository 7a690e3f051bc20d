import assert from "node:assert/strict";
import { NodeNotFound } from "../../../../common/errors/node.ts";
import { InspectionRuleAlreadyExists, InspectionRuleNotFound } from "../../../../common/errors/request.ts";
import type { RuleAction } from "../../../../common/objects/inspection-rule.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const LOG: RuleAction = { op: "log", args: { msg: "seen" } };

onEachDatabase("inspection rule store", (databases) => {
  it("creates, changes, lists and removes rules", async () => {
    const { inspectionRules: rules } = await databases.open();
    const made = await rules.create({ uuid: crypto.randomUUID(), actions: [LOG] });
    assert.deepEqual([made.priority, made.sensitive, made.phase, made.conditions], [0, false, "main", []]);
    const changed = await rules.update(made.uuid, {
      priority: 7,
      conditions: [{ op: "!eq", args: { values: [1, 2] } }],
    });
    assert.deepEqual(changed.conditions, [{ op: "!eq", args: { values: [1, 2] } }]);
    await rules.create({ uuid: crypto.randomUUID(), actions: [LOG], priority: 9 });
    const order = await rules.list({ sortKey: "priority", sortDir: "desc" });
    assert.deepEqual(
      order.map((rule) => rule.priority),
      [9, 7],
    );
    await refusedWith(rules.create({ uuid: made.uuid, actions: [LOG] }), InspectionRuleAlreadyExists, made.uuid);
    await rules.destroy(made.uuid);
    await refusedWith(rules.destroy(made.uuid), InspectionRuleNotFound, made.uuid);
    await refusedWith(rules.update(made.uuid, { priority: 1 }), InspectionRuleNotFound, made.uuid);
    assert.equal(await rules.destroyAll(), 1);
    assert.deepEqual(await rules.list(), []);
  });
});

onEachDatabase("kept parts of nodes", (databases) => {
  it("keep when they were seen first, drop what is gone, and go with their node", async () => {
    const { biosSettings, nodes } = await databases.open();
    const node = await nodes.create(newNode());
    await biosSettings.replace(node.uuid, [
      { name: "b", value: "2" },
      { name: "a", value: "1", allowable_values: ["1", "3"], lower_bound: 0, read_only: false },
    ]);
    const first = await biosSettings.ofNode(node.uuid);
    assert.deepEqual(
      first.map(({ name, value, updated_at }) => [name, value, updated_at]),
      [
        ["a", "1", null],
        ["b", "2", null],
      ],
    );
    assert.deepEqual([first[0]?.allowable_values, first[0]?.lower_bound, first[0]?.read_only], [["1", "3"], 0, false]);
    await biosSettings.replace(node.uuid, [
      { name: "a", value: "3" },
      { name: "c", value: null },
    ]);
    const second = await biosSettings.ofNode(node.uuid);
    assert.deepEqual(
      second.map(({ name, value }) => [name, value]),
      [
        ["a", "3"],
        ["c", null],
      ],
    );
    assert.equal(second[0]?.created_at, first[0]?.created_at);
    assert.notEqual(second[0]?.updated_at, null);
    const { ticket } = await nodes.reserve(node.uuid, lockRequest());
    await nodes.destroy(ticket);
    assert.deepEqual(await biosSettings.ofNode(node.uuid), []);
  });

  it("keep the version of a component that was read first", async () => {
    const { firmwareComponents, nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    for (const version of ["1.0", "2.0"])
      await firmwareComponents.replace(uuid, [
        { component: "bmc", initial_version: version, current_version: version },
      ]);
    const [bmc] = await firmwareComponents.ofNode(uuid);
    assert.deepEqual([bmc?.initial_version, bmc?.current_version], ["1.0", "2.0"]);
  });

  it("leave alone what did not change, and need a node", async () => {
    const { firmwareComponents, nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    const bmc = { component: "bmc", initial_version: "1.0", current_version: "1.1" };
    await firmwareComponents.replace(uuid, [bmc]);
    await firmwareComponents.replace(uuid, [bmc]);
    assert.deepEqual(
      (await firmwareComponents.ofNode(uuid)).map((part) => part.updated_at),
      [null],
    );
    await refusedWith(firmwareComponents.replace(crypto.randomUUID(), [bmc]), NodeNotFound);
  });
});
