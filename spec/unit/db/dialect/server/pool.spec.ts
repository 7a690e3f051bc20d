/** How many connections a pool opens for what is asked of it, and when it closes those that nobody uses. */
import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { SessionPool } from "../../../../../db/dialect/server/pool.ts";
import type { Session, SessionSource } from "../../../../../db/dialect/server/session.ts";

class Sessions implements SessionSource {
  opened = 0;
  closed = 0;

  async connect(): Promise<Session> {
    this.opened += 1;
    const refuse = () => Promise.reject(new Error("nothing is asked here"));
    const session = {
      usable: true,
      run: refuse,
      begin: refuse,
      beginSnapshot: refuse,
      commit: refuse,
      rollback: refuse,
      close: async () => {
        this.closed += 1;
      },
      destroy: () => undefined,
    };
    return session;
  }

  failure(): null {
    return null;
  }
}

describe("pool of connections", () => {
  const options = { size: 2, overflow: 6, waitMs: 1000, recycleMs: 0 };

  async function atOnce(pool: SessionPool, count: number): Promise<void> {
    const taken = await Promise.all(Array.from({ length: count }, () => pool.acquire()));
    for (const session of taken) pool.release(session);
  }

  it("opens none anew for work that comes in waves", async () => {
    const source = new Sessions();
    const pool = new SessionPool(source, { ...options, spareMs: 60_000 });
    for (let wave = 0; wave < 20; wave++) await atOnce(pool, 6);
    assert.deepEqual({ opened: source.opened, closed: source.closed }, { opened: 6, closed: 0 });
    await pool.close(0);
    assert.equal(source.closed, 6);
  });

  it("closes what is beyond its size once nobody has used it for a while", async () => {
    const source = new Sessions();
    const pool = new SessionPool(source, { ...options, spareMs: 20 });
    await atOnce(pool, 7);
    for (const limit = performance.now() + 5000; source.closed < 5 && performance.now() < limit; ) {
      // One that is in use all the time stays.
      await atOnce(pool, 1);
      await pause(5);
    }
    await pause(50);
    assert.deepEqual({ opened: source.opened, closed: source.closed }, { opened: 7, closed: 5 });
    await pool.close(0);
  });
});
