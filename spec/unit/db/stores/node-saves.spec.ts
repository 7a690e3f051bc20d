import assert from "node:assert/strict";
import { LockLost } from "../../../../common/errors/node.ts";
import type { Node } from "../../../../common/objects/node.ts";
import type { Keeper, Kept, NodeStore } from "../../../../db/contract.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

/** The number under which a text of the node would be kept. */
async function versionOf(nodes: NodeStore, uuid: string): Promise<number> {
  let version = -1;
  const keeper: Keeper<Node, Kept> = {
    reading: { fields: ["uuid"] },
    known: (_id, current) => {
      version = current;
      return { uuid };
    },
    keep: () => ({ uuid }),
  };
  await nodes.findKept(uuid, {}, keeper);
  return version;
}

onEachDatabase("saves under a lock", (databases) => {
  it("answer and keep what others have written to the node since the last save", async () => {
    const mine = (await databases.open()).nodes;
    const other = (await databases.open()).nodes;
    const { uuid } = await mine.create(newNode());
    const { ticket } = await mine.reserve(uuid, lockRequest());
    await mine.save(ticket, { extra: { step: 1 } });
    assert.ok(await other.touch(uuid, { description: "seen by a poll" }));
    const saved = await mine.save(ticket, { extra: { step: 2 } });
    assert.equal(saved.description, "seen by a poll");
    assert.deepEqual(saved, await mine.getRevealed(uuid));
  });

  it("answer the traits and secrets as they are, whoever set them", async () => {
    const mine = (await databases.open()).nodes;
    const other = (await databases.open()).nodes;
    const { uuid } = await mine.create(newNode({ driver_info: { password: "old" }, traits: ["CUSTOM_A"] }));
    const { ticket } = await mine.reserve(uuid, lockRequest());
    await other.save(ticket, { traits: ["CUSTOM_B"], driver_info: { password: "new" } });
    const saved = await mine.save(ticket, { extra: { more: true } });
    assert.deepEqual([saved.traits, saved.driver_info], [["CUSTOM_B"], { password: "new" }]);
    await mine.save(ticket, { driver_info: { password: "******" } });
    assert.deepEqual((await mine.getRevealed(uuid)).driver_info, { password: "new" });
  });

  it("are refused after the lock was broken, also right behind one that was not", async () => {
    const mine = (await databases.open()).nodes;
    const other = (await databases.open()).nodes;
    const { uuid } = await mine.create(newNode());
    const { ticket } = await mine.reserve(uuid, lockRequest());
    await mine.save(ticket, { extra: { step: 1 } });
    await other.breakLock(uuid, ticket.number);
    await refusedWith(mine.save(ticket, { extra: { step: 2 } }), LockLost, uuid);
    await other.reserve(uuid, lockRequest());
    await refusedWith(mine.save(ticket, { extra: { step: 3 } }), LockLost, uuid);
    assert.deepEqual((await mine.get(uuid)).extra, { step: 1 });
  });

  it("and every other write raise the number under which texts of the node are kept", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    let { ticket } = await nodes.reserve(uuid, lockRequest());
    const writes: Readonly<Record<string, () => Promise<unknown>>> = {
      save: () => nodes.save(ticket, { extra: { a: 1 } }),
      "a second save": () => nodes.save(ticket, { extra: { a: 2 } }),
      "a save of traits": () => nodes.save(ticket, { traits: ["CUSTOM_A"] }),
      "a save behind traits": () => nodes.save(ticket, { extra: { a: 3 } }),
      touch: () => nodes.touch(uuid, { power_state: "power on" }),
      "a save of secrets": () => nodes.save(ticket, { driver_info: { password: "x" } }),
      release: () => nodes.release(ticket),
      amend: () => nodes.amend(uuid, () => ({ extra: { a: 4 } })),
      update: () => nodes.updateUnlocked(uuid, { extra: { a: 5 } }),
      reserve: async () => {
        ({ ticket } = await nodes.reserve(uuid, lockRequest()));
      },
      "a broken lock": () => nodes.breakLock(uuid, ticket.number),
      "a reserve behind it": () => nodes.reserve(uuid, lockRequest()),
      "a dead holder's release": () => nodes.releaseDead(1),
    };
    for (const [name, write] of Object.entries(writes)) {
      const before = await versionOf(nodes, uuid);
      await write();
      assert.ok((await versionOf(nodes, uuid)) > before, `${name} did not raise it`);
    }
  });
});
