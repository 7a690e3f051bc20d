/** The bound on background work, and the share that only short work may use. */
import assert from "node:assert/strict";
import { WorkerPool } from "../../../conductor/worker-pool.ts";

describe("worker pool", () => {
  const pool = (size: number, percent: number, escaped: unknown[] = []) =>
    new WorkerPool(size, percent, (error) => escaped.push(error));

  it("keeps the reserved share for short work", () => {
    const workers = pool(10, 20);
    for (let count = 0; count < 8; count++) workers.claim("user");
    assert.throws(() => workers.claim("user"), { code: 503 });
    workers.claim("short");
    workers.claim("short");
    assert.throws(() => workers.claim("short"), { code: 503 });
    workers.claimAlways();
    assert.equal(workers.busy, 11);
  });

  it("is idle again when the work has ended, also by an error, which it reports", async () => {
    const escaped: unknown[] = [];
    const workers = pool(2, 0, escaped);
    workers.claim("user").run(async () => {
      throw new Error("boom");
    });
    await workers.idle();
    assert.equal(workers.busy, 0);
    assert.match(String(escaped[0]), /boom/);
  });

  it("counts a place given back twice once", () => {
    const workers = pool(2, 0);
    const slot = workers.claim("user");
    workers.claim("user");
    slot.free();
    slot.free();
    assert.equal(workers.busy, 1);
  });

  it("serves those who wait as places come free, groups in turn, each group in its order", async () => {
    const workers = pool(2, 0);
    const [one, two] = [workers.claim("short"), workers.claim("short")];
    const served: string[] = [];
    const wait = async (group: string, name: string) => {
      const slot = await workers.next(group, new AbortController().signal);
      served.push(name);
      slot?.run(async () => {});
    };
    const all = [
      ...Array.from({ length: 50 }, (_, place) => wait("big", `big ${place}`)),
      wait("small", "small 0"),
      wait("small", "small 1"),
    ];
    one?.free();
    await Promise.all(all);
    assert.deepEqual(served.slice(0, 5), ["big 0", "small 0", "big 1", "small 1", "big 2"]);
    assert.equal(served.at(-1), "big 49");
    two?.free();
    await workers.idle();
  });

  it("lets those go who wait no longer, and gives their place to others", async () => {
    const workers = pool(1, 0);
    const slot = workers.claim("short");
    const leaving = new AbortController();
    const gone = workers.next("a", leaving.signal);
    const stays = workers.next("b", new AbortController().signal);
    leaving.abort();
    assert.equal(await gone, null);
    assert.equal(await workers.next("a", leaving.signal), null);
    slot.free();
    (await stays)?.free();
    assert.equal(workers.busy, 0);
  });
});
