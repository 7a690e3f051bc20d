/** A queue delivers at least once, late, or more than a conductor can take: a call takes effect once, in time, or not at all. */
import assert from "node:assert/strict";
import { Queue } from "bullmq";
import { ConductorBusy, ConductorTimeout } from "../../../common/errors/driver.ts";
import { FerricError } from "../../../common/errors/fault.ts";
import { Envelopes } from "../../../common/rpc/bullmq/envelope.ts";
import { connectionOptions, keysOf, queueName } from "../../../common/rpc/bullmq/options.ts";
import { CALL_VERSION, type Call } from "../../../common/rpc/contract.ts";
import { CallNotTaken } from "../../../common/rpc/transport.ts";
import { deferred, handlersOf } from "../../conformance/transport.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { CONTEXT, eventually, QueueBench } from "./support/queue-bench.ts";

describe("delivery over the queue", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(120_000);
  let bench: QueueBench;
  const REPLIES = "test:replies:hand";

  before(async () => {
    bench = await QueueBench.start({ overrides: { redis: { max_pending_calls: 20 } } });
  });
  after(() => bench[Symbol.asyncDispose]());

  /** Puts a call onto the queue by hand, as often as wanted. */
  async function deliver(host: string, call: Partial<Call>, times = 1): Promise<Call> {
    const whole: Call = {
      v: CALL_VERSION,
      id: crypto.randomUUID(),
      method: "destroyNode",
      params: { node: "n1" },
      context: CONTEXT,
      deadline: Date.now() + 30_000,
      ...call,
    };
    const queue = new Queue(queueName(host), {
      prefix: keysOf(bench.config).queues,
      connection: connectionOptions(bench.config),
    });
    const data = new Envelopes(bench.database.keys).wrap({ call: whole, replyTo: REPLIES }, host);
    for (let time = 0; time < times; time++) await queue.add(whole.method, data);
    await queue.close();
    return whole;
  }

  const replies = async () => await bench.api.link.redis.xlen(REPLIES);
  const left = async (host: string) => {
    const keys = await bench.api.link.redis.keys(`test:queue:${queueName(host)}:*`);
    return keys.filter((key) => !/:(meta|events|stalled-check|id|marker)$/.test(key));
  };

  it("carries a call out once that is delivered five times, and answers each time with the one reply", async () => {
    let runs = 0;
    const served = await bench.api.serve(
      "once",
      handlersOf({
        destroyNode: async () => {
          runs++;
        },
      }),
    );
    const before = await replies();
    const call = await deliver("once", {}, 1);
    await eventually("the first reply", async () => (await replies()) === before + 1);
    await eventually(
      "the kept reply",
      async () => (await bench.database.stores.calls.find([call.id])).get(call.id)?.reply != null,
    );
    await deliver("once", call, 4);
    await eventually("four more replies", async () => (await replies()) === before + 5);
    await served[Symbol.asyncDispose]();
    assert.equal(runs, 1);
    assert.deepEqual(await left("once"), []);
  });

  it("carries nothing out whose deadline is past, whose caller withdrew it, or that is no call", async () => {
    const seen: string[] = [];
    const withdrawn = { id: crypto.randomUUID(), method: "destroyNode" as const, deadline: Date.now() + 30_000 };
    await bench.database.stores.calls.withdraw(withdrawn);
    await deliver("late", { deadline: Date.now() - 3_600_000, params: { node: "an hour ago" } });
    await deliver("late", { ...withdrawn, params: { node: "withdrawn" } });
    await deliver("late", { method: "noSuchMethod" as Call["method"] });
    await deliver("late", { deadline: "soon" as unknown as number });
    await deliver("late", { params: { node: "good" } });
    const served = await bench.api.serve(
      "late",
      handlersOf({
        destroyNode: async ({ node }) => {
          seen.push(node);
        },
      }),
    );
    await eventually("the good one", () => seen.length > 0);
    await eventually("an empty queue", async () => (await left("late")).length === 0);
    await served[Symbol.asyncDispose]();
    assert.deepEqual(seen, ["good"]);
  });

  it("refuses at once what goes beyond the limit of calls under way, and serves again afterwards", async () => {
    const gate = deferred();
    const served = await bench.api.serve(
      "busy",
      handlersOf({
        getSupportedBootDevices: async () => {
          await gate.promise;
          return [];
        },
      }),
    );
    const call = () => bench.api.call("busy", "getSupportedBootDevices", { node: "n1" }, CONTEXT);
    const first = Array.from({ length: 20 }, call);
    await assert.rejects(call(), (error) => ConductorBusy.matches(error) && error.fault.retryAfter !== undefined);
    gate.resolve();
    await Promise.all(first);
    await call();
    await served[Symbol.asyncDispose]();
  });

  it("ends a call that its conductor does not take by its deadline, and keeps the conductor from taking it later", async () => {
    const keys = keysOf(bench.config);
    await bench.api.link.redis.set(keys.presence("silent"), "a session that takes nothing", "PX", 60_000);
    const runs: string[] = [];
    await assert.rejects(
      bench.api.call("silent", "destroyNode", { node: "n1" }, CONTEXT, 300),
      (error) => ConductorTimeout.matches(error) && error.code === 503 && error.fault.retryAfter !== undefined,
    );
    const served = await bench.api.serve(
      "silent",
      handlersOf({
        destroyNode: async ({ node }) => {
          runs.push(node);
        },
      }),
    );
    await bench.api.call("silent", "destroyNode", { node: "n2" }, CONTEXT);
    await served[Symbol.asyncDispose]();
    assert.deepEqual(runs, ["n2"]);
  });

  it("calls off what nobody has begun when its asker goes, and lets go on what somebody has", async () => {
    const keys = keysOf(bench.config);
    await bench.api.link.redis.set(keys.presence("asked"), "a session that takes nothing", "PX", 60_000);
    const gone = new AbortController();
    const waiting = bench.api.call("asked", "destroyNode", { node: "n1" }, { ...CONTEXT, gone: gone.signal });
    await eventually("it is queued", async () => (await left("asked")).length > 0);
    gone.abort();
    await assert.rejects(waiting, CallNotTaken);
    const began = deferred();
    const gate = deferred();
    const runs: string[] = [];
    const served = await bench.api.serve(
      "asked",
      handlersOf({
        destroyNode: async ({ node }) => {
          runs.push(node);
          began.resolve();
          await gate.promise;
        },
      }),
    );
    const later = new AbortController();
    const begun = bench.api.call("asked", "destroyNode", { node: "n2" }, { ...CONTEXT, gone: later.signal });
    await began.promise;
    later.abort();
    gate.resolve();
    await begun;
    await served[Symbol.asyncDispose]();
    assert.deepEqual(runs, ["n2"]);
  });

  it("writes no answer down that may hold a secret", async () => {
    const answer = { node: { uuid: "n1", properties: {}, instance_info: {}, driver_internal_info: {} }, config: {} };
    const served = await bench.api.serve(
      "secret",
      handlersOf({ lookupNode: async () => ({ ...answer, agent_token: "canary-token" }) }),
    );
    const heard = await bench.api.call("secret", "lookupNode", { node: "n1", address: null }, CONTEXT);
    await served[Symbol.asyncDispose]();
    assert.equal(heard.agent_token, "canary-token");
    const calls = await bench.raw("select reply from calls where method = 'lookupNode'");
    assert.deepEqual(calls, [[null]]);
  });

  it("makes 10,000 calls without leaving listeners, pending calls or keys behind", async () => {
    const served = await bench.api.serve("many", handlersOf({ getSupportedBootDevices: async ({ node }) => [node] }));
    const { redis } = bench.api.link;
    const listeners = () =>
      [redis, bench.api.link, process].flatMap((emitter) =>
        emitter.eventNames().map((name) => `${String(name)} ${emitter.listenerCount(name as never)}`),
      );
    const call = async (at: number) => {
      const [node] = await bench.api.call("many", "getSupportedBootDevices", { node: `n${at}` }, CONTEXT);
      assert.equal(node, `n${at}`);
    };
    await call(0);
    const before = listeners();
    for (let at = 0; at < 10_000; at += 20) await Promise.all(Array.from({ length: 20 }, (_, more) => call(at + more)));
    assert.deepEqual(listeners(), before);
    await eventually("an empty queue", async () => (await left("many")).length === 0);
    const waiting = await Promise.all((await redis.keys("test:replies:*")).map((key) => redis.xlen(key)));
    assert.ok(Math.max(...waiting) < 100, `replies left: ${waiting}`);
    await served[Symbol.asyncDispose]();
  });

  it("shows a fault of the queue as a fault, with no address in it", async () => {
    const error = await bench.api.call("nobody", "destroyNode", { node: "n1" }, CONTEXT).catch((caught) => caught);
    assert.ok(error instanceof FerricError);
    assert.doesNotMatch(error.message, /127\.0\.0\.1|redis|\d{4,}/i);
  });
});
