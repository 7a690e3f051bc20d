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
});
