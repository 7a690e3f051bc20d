/** The event bus: order, stamps, bounded memory, and listeners that misbehave. */
import assert from "node:assert/strict";
import { EVENT_VERSION, EventBus, type FerricEvent } from "../../../common/events.ts";

const power = (to: string) => ({ type: "node.power", from: null, to, requested: null }) as const;

describe("event bus", () => {
  it("stamps events with version, time, node and request id", () => {
    const bus = new EventBus({ now: () => new Date(0) });
    bus.emit("n1", power("power on"), "req-1");
    assert.deepEqual(bus.recent(), [
      { ...power("power on"), v: EVENT_VERSION, at: "1970-01-01T00:00:00.000Z", node: "n1", request_id: "req-1" },
    ]);
  });

  it("tells every listener in order, until it leaves", () => {
    const bus = new EventBus();
    const heard: (string | null)[] = [];
    const leave = bus.subscribe((event) => heard.push(event.type === "node.power" ? event.to : null));
    bus.emit("n1", power("power on"));
    bus.emit("n2", power("power off"));
    leave();
    bus.emit("n1", power("error"));
    assert.deepEqual(heard, ["power on", "power off"]);
  });

  it("keeps the latest events only, and tells those of one node apart", () => {
    const bus = new EventBus({ keep: 3 });
    for (const node of ["a", "b", "a", "b", "a"]) bus.emit(node, power("power on"));
    assert.deepEqual(
      bus.recent().map((event) => event.node),
      ["a", "b", "a"],
    );
    assert.equal(bus.recent("a").length, 2);
  });

  it("lets no listener that throws keep others, or the work that emits, from going on", async () => {
    const bus = new EventBus();
    const heard: FerricEvent[] = [];
    const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
    bus.subscribe(() => {
      throw new Error("a broken terminal");
    });
    bus.subscribe((event) => heard.push(event));
    assert.doesNotThrow(() => bus.emit("n1", power("power on")));
    assert.equal(heard.length, 1);
    assert.match((await warned).message, /broken terminal/);
  });
});
