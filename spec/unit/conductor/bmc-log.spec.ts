/** What was said to controllers is remembered within bounds, and shown without secrets. */
import assert from "node:assert/strict";
import type { BmcExchange } from "../../../common/bmc-exchange.ts";
import { BmcLog } from "../../../conductor/bmc-log.ts";

const LIMITS = { entriesPerNode: 5, bytes: 100_000, keepMs: 60_000 };

function exchange(values: Partial<BmcExchange> = {}): BmcExchange {
  const base = { protocol: "ipmi", address: "10.0.0.1:623", answer: "power is on", fault: null, ms: 1.26 } as const;
  return { ...base, request: "Get Chassis Status", ...values };
}

describe("log of what was said to controllers", () => {
  let now = 1_000_000;
  const logOf = (limits = LIMITS) => new BmcLog(limits, () => now);

  it("tells what was said, oldest first, with its time", () => {
    const log = logOf();
    log.note("one", exchange());
    now += 1000;
    log.note("one", exchange({ request: "Chassis Control", answer: null, fault: "no answer within 5 s" }));
    const [first, second] = log.of("one");
    assert.deepEqual(first, { ...exchange(), at: new Date(now - 1000).toISOString(), ms: 1.3 });
    assert.equal(second?.fault, "no answer within 5 s");
    assert.deepEqual(log.of("two"), []);
  });

  it("keeps the newest of a node", () => {
    const log = logOf();
    for (let at = 0; at < 20; at++) log.note("one", exchange({ request: `request ${at}` }));
    assert.deepEqual(
      log.of("one").map(({ request }) => request),
      [15, 16, 17, 18, 19].map((at) => `request ${at}`),
    );
  });

  it("keeps its memory bounded over thousands of nodes, and takes from those first that have much", () => {
    const log = logOf({ ...LIMITS, entriesPerNode: 1000 });
    log.note("quiet", exchange());
    for (let at = 0; at < 1000; at++) log.note("loud", exchange({ answer: "x".repeat(2000) }));
    assert.ok(log.bytes <= LIMITS.bytes);
    assert.equal(log.of("quiet").length, 1);
    for (let at = 0; at < 5000; at++) log.note(`node ${at}`, exchange());
    assert.ok(log.bytes <= LIMITS.bytes, `${log.bytes} bytes`);
    assert.equal(log.of("node 4999").length, 1);
  });

  it("forgets what is old", () => {
    const log = logOf();
    log.note("one", exchange());
    log.note("two", exchange());
    now += LIMITS.keepMs + 1;
    assert.deepEqual(log.of("one"), []);
    const before = log.bytes;
    log.note("three", exchange());
    assert.equal(log.bytes, before, "the memory of a node that is silent for long goes without being asked for");
    assert.deepEqual(log.of("two"), []);
  });

  it("cuts what is long, and masks what looks like a secret", () => {
    const log = logOf();
    log.note("one", exchange({ answer: `{"Password": "hunter2"}${"y".repeat(9000)}` }));
    const [shown] = log.of("one");
    assert.ok((shown?.answer?.length ?? 0) < 2200);
    assert.doesNotMatch(JSON.stringify(shown), /hunter2/);
  });
});
