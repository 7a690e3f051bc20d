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

  it("keeps its memory bounded over thousands of nodes: the oldest goes first, a loud node keeps no more than its own", () => {
    const log = logOf({ ...LIMITS, entriesPerNode: 10 });
    log.note("quiet", exchange());
    for (let at = 0; at < 1000; at++) log.note("loud", exchange({ answer: "x".repeat(2000) }));
    assert.equal(log.of("loud").length, 10);
    assert.equal(log.of("quiet").length, 1);
    for (let at = 0; at < 5000; at++) log.note(`node ${at}`, exchange());
    assert.ok(log.bytes <= LIMITS.bytes, `${log.bytes} bytes`);
    assert.deepEqual([log.of("node 4999").length, log.of("node 0").length, log.of("quiet").length], [1, 0, 0]);
  });

  it("takes little time, however many nodes there are and however full it is", () => {
    const log = logOf({ ...LIMITS, bytes: 2 ** 20 });
    const began = process.cpuUsage();
    for (let at = 0; at < 200_000; at++) log.note(`node ${at % 10_000}`, exchange());
    const { user, system } = process.cpuUsage(began);
    assert.ok((user + system) / 200_000 < 50, `${(user + system) / 200_000} microseconds each`);
  });

  it("forgets what is old", () => {
    const log = logOf();
    log.note("one", exchange());
    log.note("two", exchange());
    now += LIMITS.keepMs + 1;
    log.note("three", exchange());
    const single = logOf();
    single.note("three", exchange());
    assert.equal(log.bytes, single.bytes, "without being asked for");
    assert.deepEqual([log.of("one"), log.of("two")], [[], []]);
  });

  it("cuts what is long, and masks what looks like a secret", () => {
    const log = logOf();
    log.note("one", exchange({ answer: `{"Password": "hunter2"}${"y".repeat(9000)}` }));
    const [shown] = log.of("one");
    assert.ok((shown?.answer?.length ?? 0) < 2200);
    assert.doesNotMatch(JSON.stringify(shown), /hunter2/);
  });
});
