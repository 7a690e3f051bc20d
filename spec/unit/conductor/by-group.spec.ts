/** Background work beyond the worker pool: a group with many nodes does not starve one with few. */
import assert from "node:assert/strict";
import { timestamp } from "../../../conductor/clock.ts";
import { inTurns } from "../../../conductor/turns.ts";
import { conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("conductor groups", () => {
  it("take turns", () => {
    const items = ["a1", "a2", "a3", "a4", "b1", "c1", "b2"];
    assert.deepEqual(
      inTurns(items, (item) => item[0] ?? ""),
      ["a1", "b1", "c1", "a2", "b2", "a3", "a4"],
    );
    assert.deepEqual(
      inTurns([], () => ""),
      [],
    );
  });

  it("have their waits ended in turn, also with a worker pool of three", async () => {
    await using under = await conductorUnderTest({
      conductor: { workers_pool_size: 3, reserved_workers_pool_percentage: 0 },
    });
    const late = { provision_updated_at: timestamp(Date.now() - 4_000_000) };
    const big: string[] = [];
    for (let count = 0; count < 30; count++) big.push(await under.nodeIn("clean wait", late));
    const small = await under.nodeIn("clean wait", late);
    await under.stores.nodes.touch(small, { conductor_group: "small" });
    const order: string[] = [];
    under.events.subscribe((event) => {
      if (event.type === "node.state" && event.node !== null) order.push(event.node);
    });
    for (let seconds = 0; seconds < 330; seconds += 20) {
      under.advance(20);
      await under.conductor.pass("timeouts");
    }
    await under.conductor.idle();
    assert.equal(order.length, 31, "none was left for want of a worker");
    assert.ok(order.indexOf(small) < 5, `the small group came as number ${order.indexOf(small) + 1}`);
    assert.equal((await under.until(small, "clean failed")).reservation, null);
  });
});
