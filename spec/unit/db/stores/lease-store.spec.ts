import assert from "node:assert/strict";
import { onEachDatabase } from "../support/databases.ts";

const pool = (size: number) => () => Array.from({ length: size }, (_, index) => `10.0.0.${index + 1}`);
const minute = { seconds: 60 };

onEachDatabase("lease store", (databases) => {
  it("gives a machine the address it had, else the one it wants, else the first free one", async () => {
    const { leases } = await databases.open();
    assert.equal((await leases.acquire("M1", pool(9), minute))?.address, "10.0.0.1");
    assert.equal((await leases.acquire("m2", pool(9), { wanted: "10.0.0.7", ...minute }))?.address, "10.0.0.7");
    assert.equal((await leases.acquire("m1", pool(9), { wanted: "10.0.0.5", ...minute }))?.address, "10.0.0.1");
    assert.equal((await leases.acquire("m3", pool(9), { wanted: "10.0.0.7", ...minute }))?.address, "10.0.0.2");
    assert.equal((await leases.acquire("m4", pool(9), { wanted: "172.16.0.1", ...minute }))?.address, "10.0.0.3");
    assert.deepEqual(
      (await leases.list()).map(({ mac, address }) => [mac, address]),
      [
        ["m1", "10.0.0.1"],
        ["m2", "10.0.0.7"],
        ["m3", "10.0.0.2"],
        ["m4", "10.0.0.3"],
      ],
    );
  });

  it("moves a machine whose old address is no candidate any more, and frees the old one", async () => {
    const { leases } = await databases.open();
    await leases.acquire("m1", () => ["10.0.0.1"], minute);
    assert.equal((await leases.acquire("m1", () => ["10.9.9.1"], minute))?.address, "10.9.9.1");
    assert.equal((await leases.acquire("m2", () => ["10.0.0.1"], minute))?.address, "10.0.0.1");
  });

  it("answers null when none is free, until one is released or has ended", async () => {
    const { leases } = await databases.open();
    await leases.acquire("m1", pool(2), minute);
    await leases.acquire("m2", pool(2), minute);
    assert.equal(await leases.acquire("m3", pool(2), minute), null);
    await leases.release("m2", "10.0.0.1");
    assert.equal(await leases.acquire("m3", pool(2), minute), null, "only its own address can be given back");
    await leases.release("m2", "10.0.0.2");
    assert.equal((await leases.acquire("m3", pool(2), minute))?.address, "10.0.0.2");
    const raw = await databases.raw();
    await raw.run("update leases set expires_ms = expires_ms - 61000 where mac = 'm1'");
    assert.equal((await leases.acquire("m4", pool(2), minute))?.address, "10.0.0.1");
    assert.equal(await leases.acquire("m1", pool(2), minute), null, "the late one has lost it");
  });

  it("gives no address to two machines, though 40 ask two instances for 30 at once", async () => {
    const one = await databases.open();
    const two = await databases.open();
    const asked = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? one : two).leases.acquire(`mac-${index}`, pool(30), minute),
      ),
    );
    const given = asked.filter((lease) => lease !== null).map((lease) => lease.address);
    assert.equal(given.length, 30);
    assert.equal(new Set(given).size, 30);
  });
});
