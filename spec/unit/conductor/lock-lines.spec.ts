/** Waiting for a node's lock: in the order of asking, woken by its release, bounded, and ended when the client has gone. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

describe("waiting for a lock", () => {
  let under: ConductorUnderTest;
  afterEach(() => under[Symbol.asyncDispose]());

  async function held(attempts: number, interval = 5) {
    under = await conductorUnderTest({
      conductor: { node_locked_retry_attempts: attempts, node_locked_retry_interval: interval },
    });
    const uuid = await under.nodeIn("manageable");
    const request = { host: "cond-2", bootId: "other", purpose: "a test" };
    const { ticket } = await under.stores.nodes.reserve(uuid, request);
    return { uuid, release: () => under.stores.nodes.release(ticket) };
  }

  const update = (uuid: string, place: number, gone?: AbortSignal) =>
    under.transport.call(
      "cond-1",
      "updateNode",
      { node: uuid, changes: { extra: { place } } },
      { request_id: `req-${place}`, ...(gone && { gone }) },
    );

  it("serves those who wait in the order in which they asked", async () => {
    const { uuid, release } = await held(3);
    const order: number[] = [];
    const calls = Array.from({ length: 20 }, (_, place) => update(uuid, place).then(() => order.push(place)));
    await release();
    await Promise.all(calls);
    assert.deepEqual(
      order,
      Array.from({ length: 20 }, (_, place) => place),
    );
  });

  it("asks the database for the first of them only", async () => {
    const { uuid, release } = await held(3);
    const { nodes } = under.stores;
    let asked = 0;
    const reserve = nodes.reserve.bind(nodes);
    nodes.reserve = (...request) => {
      asked++;
      return reserve(...request);
    };
    const calls = Array.from({ length: 30 }, (_, place) => update(uuid, place));
    await release();
    await Promise.all(calls);
    assert.ok(asked <= 30 + 30 + 3, `each tries once as it comes and once as the first, not ${asked} times`);
  });

  it("answers 409 to all of them once the time is over: who, what for, since when, how long ago", async () => {
    const { uuid } = await held(2, 1);
    const started = performance.now();
    const calls = Array.from({ length: 5 }, (_, place) => update(uuid, place));
    for (const outcome of await Promise.allSettled(calls)) {
      assert.equal(outcome.status, "rejected");
      const { fault } = outcome.reason;
      assert.equal(fault.code, 409);
      assert.equal(fault.retryAfter, 1);
      assert.match(fault.message, /locked by host cond-2 for a test since 20\d\d-\S+ \(\d s ago\), please retry/);
    }
    const took = performance.now() - started;
    assert.ok(took >= 990 && took < 5000, `${took} ms`);
  });

  it("leaves the line when the client has gone, and changes nothing for it", async () => {
    const { uuid, release } = await held(3, 30);
    const client = new AbortController();
    const left = update(uuid, 1, client.signal);
    const stays = update(uuid, 2);
    client.abort();
    await assert.rejects(left, { code: 409 });
    await release();
    await stays;
    assert.deepEqual((await under.node(uuid)).extra, { place: 2 });
  });

  it("ends a reading from the machine, too, when the client has gone", async () => {
    under = await conductorUnderTest();
    const uuid = await under.nodeIn("manageable", {}, { "management.get_boot_device": { hang: true } });
    const client = new AbortController();
    const reading = under.transport.call(
      "cond-1",
      "getBootDevice",
      { node: uuid },
      { request_id: "req-read", gone: client.signal },
    );
    const refused = assert.rejects(reading, { code: 409 });
    client.abort();
    await refused;
  });
});
