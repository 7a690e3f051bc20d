/** Stopping what was started. */
import assert from "node:assert/strict";
import { Closing } from "../../../tools/closing.ts";

describe("closing", () => {
  it("stops in reverse, one after the other, each once", async () => {
    const order: string[] = [];
    const part = (name: string) => ({
      [Symbol.asyncDispose]: async () => {
        order.push(`${name} begins`);
        await new Promise((done) => setImmediate(done));
        order.push(`${name} ends`);
      },
    });
    const closing = new Closing();
    closing.add(part("database"));
    closing.add({ [Symbol.dispose]: () => void order.push("lock") });
    closing.add(part("api"));
    await closing[Symbol.asyncDispose]();
    await closing[Symbol.asyncDispose]();
    assert.deepEqual(order, ["api begins", "api ends", "lock", "database begins", "database ends"]);
  });

  it("goes on past a part that fails, and tells of it", async () => {
    const stopped: string[] = [];
    const closing = new Closing();
    closing.add({ [Symbol.dispose]: () => void stopped.push("first") });
    closing.add({
      [Symbol.asyncDispose]: async () => {
        throw new Error("stuck");
      },
    });
    await assert.rejects(closing[Symbol.asyncDispose](), /stuck/);
    assert.deepEqual(stopped, ["first"]);
  });
});
