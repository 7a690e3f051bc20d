/** One at a time to each BMC. */
import assert from "node:assert/strict";
import { BmcQueue } from "../../../drivers/bmc-queue.ts";

const never = new AbortController().signal;

function gate(): { opened: Promise<void>; open: () => void } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

describe("BMC queue", () => {
  it("lets one in, in order, and others to other BMCs", async () => {
    const queue = new BmcQueue();
    const seen: string[] = [];
    const first = gate();
    const work = [
      queue.turn("a", never, async () => {
        seen.push("a1");
        await first.opened;
        seen.push("a1 over");
      }),
      queue.turn("a", never, async () => seen.push("a2")),
      queue.turn("b", never, async () => seen.push("b1")),
    ];
    await work[2];
    assert.deepEqual(seen, ["a1", "b1"]);
    first.open();
    await Promise.all(work);
    assert.deepEqual(seen, ["a1", "b1", "a1 over", "a2"]);
    assert.equal(queue.busy, 0, "nothing is kept of BMCs without work");
  });

  it("goes on after a failure", async () => {
    const queue = new BmcQueue();
    const failing = queue.turn("a", never, () => Promise.reject(new Error("no")));
    const next = queue.turn("a", never, async () => "yes");
    await assert.rejects(failing, /no/);
    assert.equal(await next, "yes");
  });

  it("lets a waiter leave without letting the next one in early", async () => {
    const queue = new BmcQueue();
    const first = gate();
    const controller = new AbortController();
    const seen: string[] = [];
    const holding = queue.turn("a", never, () => first.opened);
    const leaving = queue.turn("a", controller.signal, async () => seen.push("left"));
    const last = queue.turn("a", never, async () => seen.push("last"));
    controller.abort(new Error("aborted"));
    await assert.rejects(leaving, /aborted/);
    assert.deepEqual(seen, []);
    first.open();
    await Promise.all([holding, last]);
    assert.deepEqual(seen, ["last"]);
  });
});
