import assert from "node:assert/strict";
import { LockLost, NodeLocked } from "../../../../common/errors/node.ts";
import type { LockTicket, NodeStore } from "../../../../db/contract.ts";
import { startChild } from "../support/child.ts";
import { lockRequest, newNode, onEachDatabase } from "../support/databases.ts";
import { refusedWith } from "../support/faults.ts";

const ROUNDS = 200;

/** The winner's ticket; fails unless exactly one of the contenders won and all others were told "locked". */
async function contest(stores: readonly NodeStore[], uuid: string, contenders: number): Promise<LockTicket> {
  const tries = Array.from({ length: contenders }, (_, index) =>
    (stores[index % stores.length] as NodeStore).reserve(uuid, lockRequest({ host: `h${index}`, bootId: `b${index}` })),
  );
  const settled = await Promise.allSettled(tries);
  const losers = settled.filter((one) => one.status === "rejected");
  for (const { reason } of losers) assert.ok(NodeLocked.matches(reason), String(reason));
  const [winner, ...more] = settled.filter((one) => one.status === "fulfilled");
  assert.ok(winner !== undefined && more.length === 0, `${more.length + 1} winners`);
  return winner.value.ticket;
}

onEachDatabase("lock of a node", (databases) => {
  it(`has exactly one winner of 50 contenders in each of ${ROUNDS} rounds`, async function () {
    this.timeout(180_000);
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    for (let round = 1; round <= ROUNDS; round += 1) {
      const ticket = await contest([nodes], uuid, 50);
      assert.equal(ticket.number, round, "each taking raises the number by one");
      assert.ok(await nodes.release(ticket));
    }
  });

  it("has exactly one winner when the contenders are spread over two instances", async function () {
    this.timeout(180_000);
    const one = await databases.open();
    const two = await databases.open();
    const { uuid } = await one.nodes.create(newNode());
    for (let round = 1; round <= 50; round += 1) {
      const ticket = await contest([one.nodes, two.nodes], uuid, 20);
      assert.ok(await two.nodes.holds(ticket), "the other instance sees the lock");
      assert.ok(await two.nodes.release(ticket));
    }
  });

  it("keeps three processes apart: no addition under the lock is lost", async function () {
    this.timeout(180_000);
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode({ extra: { count: 0 } }));
    const connection = await databases.connection();
    const children = [1, 2, 3].map(() => startChild("count", databases.kind, connection));
    assert.deepEqual(await Promise.all(children.map((child) => child.ended)), [0, 0, 0]);
    const node = await nodes.get(uuid);
    assert.deepEqual(node.extra, { count: 180 });
    assert.equal(node.lock_number, 180);
    assert.equal(node.reservation, null);
  });

  it("tells who holds it, since when and for what", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    const { node } = await nodes.reserve(uuid, lockRequest({ host: "host-z", bootId: "boot-z", purpose: "deploy" }));
    assert.deepEqual(
      [node.reservation, node.lock_owner, node.lock_purpose, node.lock_number],
      ["host-z", "boot-z", "deploy", 1],
    );
    await refusedWith(
      nodes.reserve(uuid, lockRequest()),
      NodeLocked,
      uuid,
      "host-z",
      "deploy",
      String(node.lock_since),
    );
  });

  it("fences off who lost it: nothing of theirs is written any more, even if the same host holds it again", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode({ driver_info: { password: "p" } }));
    const { ticket: old } = await nodes.reserve(uuid, lockRequest({ bootId: "dead" }));
    assert.ok(await nodes.holds(old));
    await nodes.releaseDead(60, ["alive"]);
    const loses = async () => {
      assert.equal(await nodes.holds(old), false);
      await refusedWith(nodes.save(old, { last_error: "late", driver_info: {}, traits: ["LATE"] }), LockLost, uuid);
      await refusedWith(nodes.destroy(old), LockLost, uuid);
      assert.equal(await nodes.release(old), false);
    };
    await loses();
    const { ticket } = await nodes.reserve(uuid, lockRequest({ bootId: "dead" }));
    await loses();
    const node = await nodes.getRevealed(uuid);
    assert.deepEqual([node.last_error, node.driver_info, node.traits], [null, { password: "p" }, []]);
    assert.ok(await nodes.holds(ticket), "the new lock is untouched");
    assert.ok(await nodes.release(ticket));
    await loses();
  });

  it("is taken away by its number only, once, and fences its holder off", async () => {
    const { nodes } = await databases.open();
    const { uuid } = await nodes.create(newNode());
    assert.equal(await nodes.breakLock(uuid, 0), false, "a free node has none");
    const { ticket } = await nodes.reserve(uuid, lockRequest());
    assert.equal(await nodes.breakLock(uuid, ticket.number - 1), false);
    const tries = await Promise.all(Array.from({ length: 20 }, () => nodes.breakLock(uuid, ticket.number)));
    assert.equal(tries.filter((taken) => taken).length, 1);
    const { reservation, lock_owner, lock_number } = await nodes.get(uuid);
    assert.deepEqual([reservation, lock_owner, lock_number], [null, null, ticket.number + 1]);
    await refusedWith(nodes.save(ticket, { last_error: "late" }), LockLost, uuid);
    const { ticket: next } = await nodes.reserve(uuid, lockRequest());
    assert.equal(await nodes.breakLock(uuid, ticket.number), false, "the next one's lock is safe from a late request");
    assert.ok(await nodes.holds(next));
  });

  it("frees every lock of boot ids that are not alive, however many, and no other", async () => {
    const { nodes, conductors } = await databases.open();
    const offer = { conductor_group: "", drivers: [] };
    for (const name of ["alive-1", "old"]) await conductors.register({ hostname: name, boot_id: name, ...offer }, []);
    const made = await Promise.all(Array.from({ length: 250 }, () => nodes.create(newNode())));
    const owners = ["dead-1", "alive-1", "dead-2", "alive-2", "free"];
    await Promise.all(
      made.map(async ({ uuid }, index) => {
        const bootId = owners[index % owners.length] ?? "";
        if (bootId !== "free") await nodes.reserve(uuid, lockRequest({ bootId }));
      }),
    );
    const freed = await nodes.releaseDead(60, ["alive-2", "alive-3"]);
    assert.equal(freed.length, 100);
    for (const node of freed)
      assert.deepEqual([node.reservation, node.lock_owner, node.lock_purpose, node.lock_number], [null, null, null, 2]);
    assert.equal(await nodes.count([{ field: "reservation", null: false }]), 100);
    assert.deepEqual(await nodes.releaseDead(60, ["alive-2"]), []);
    const raw = await databases.raw();
    await raw.run("update conductors set beat_ms = beat_ms - 61000");
    assert.equal((await nodes.releaseDead(60, ["alive-2"])).length, 50);
    assert.equal((await nodes.releaseDead(60)).length, 50);
  });
});
