/** The load meter tells how late the loop was, within its window. */
import assert from "node:assert/strict";
import { LoadMeter } from "../../../common/load-meter.ts";

describe("load meter", () => {
  const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

  async function block(ms: number): Promise<void> {
    await pause(30);
    for (const end = performance.now() + ms; performance.now() < end; );
    await pause(30);
  }

  it("tells the longest delay and the CPU of its window, and forgets them with it", async () => {
    using meter = new LoadMeter();
    await block(200);
    const load = meter.next();
    assert.ok(load.loop_delay_ms.max > 150 && load.cpu_percent > 2, JSON.stringify(load));
    assert.ok(load.seconds >= 0.2 && load.memory_mb > 10);
    await pause(100);
    const later = meter.read();
    assert.ok(later.loop_delay_ms.max < 150, JSON.stringify(later));
    assert.ok(meter.read().seconds >= later.seconds);
  });

  it("has figures before the loop has turned", () => {
    using meter = new LoadMeter();
    assert.deepEqual(meter.read().loop_delay_ms, { p50: 0, p99: 0, max: 0 });
  });
});
