import assert from "node:assert/strict";
import { newNode, onEachDatabase } from "../support/databases.ts";

onEachDatabase("shard store", (databases) => {
  it("counts the nodes of each shard, those without one last", async () => {
    const { nodes, shards } = await databases.open();
    assert.deepEqual(await shards.counts(), []);
    for (const shard of ["a", null, "b", "a"]) await nodes.create(newNode({ shard }));
    assert.deepEqual(await shards.counts(), [
      { name: "b", count: 1 },
      { name: "a", count: 2 },
      { name: null, count: 1 },
    ]);
  });
});
