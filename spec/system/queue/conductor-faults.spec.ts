/** A conductor killed or frozen with calls in its hands: the caller hears so soon, and nothing is carried out twice. */
import assert from "node:assert/strict";
import { ConductorLost } from "../../../common/errors/driver.ts";
import { CallNotTaken } from "../../../common/rpc/transport.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { CONTEXT, eventually, QueueBench, timed } from "./support/queue-bench.ts";

describe("faults of conductors behind the queue", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(180_000);
  let bench: QueueBench;
  beforeEach(async () => {
    bench = await QueueBench.start();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const destroy = (host: string, node: string) => timed(bench.api.call(host, "destroyNode", { node }, CONTEXT));
  const began = (host: string, node: string) =>
    eventually(`${node} begins`, () => bench.record(host).includes(`began destroyNode ${node}`));

  it("ends the calls of one that was killed with kill -9, and refuses new ones at once", async () => {
    const child = await bench.conductor("c1");
    const call = destroy("c1", "sleep-60000");
    await began("c1", "sleep-60000");
    child.kill("SIGKILL");
    const { error, ms } = await call;
    assert.ok(ConductorLost.matches(error), String(error));
    assert.match((error as Error).message, /look at the state/);
    assert.ok(ms < 12_000, `${ms} ms`);
    const next = await destroy("c1", "n2");
    assert.ok(next.error instanceof CallNotTaken, String(next.error));
    assert.ok(next.ms < 500, `${next.ms} ms`);
  });

  it("does not run again what one had begun that was killed and came back, but what it had not", async () => {
    const first = await bench.conductor("c1");
    const begun = destroy("c1", "sleep-60000");
    await began("c1", "sleep-60000");
    first.kill("SIGKILL");
    // Still taken for alive: the call waits in the queue for whoever comes.
    const waiting = destroy("c1", "n2");
    await bench.conductor("c1");
    const ended = await begun;
    assert.ok(ConductorLost.matches(ended.error), String(ended.error));
    assert.ok(ended.ms < 12_000, `${ended.ms} ms`);
    assert.equal((await waiting).error, undefined);
    // Longer than the queue takes to give a dead worker's jobs to another.
    await new Promise((done) => setTimeout(done, 8000));
    assert.deepEqual(bench.record("c1"), [
      "began destroyNode sleep-60000",
      "began destroyNode n2",
      "ended destroyNode n2",
    ]);
  });

  it("calls off what one does not take that is frozen; thawed, it carries nothing of it out", async () => {
    const child = await bench.conductor("c1");
    child.kill("SIGSTOP");
    const calls = await Promise.all(["n1", "n2", "n3"].map((node) => destroy("c1", node)));
    for (const { error, ms } of calls) {
      assert.ok(error instanceof CallNotTaken, String(error));
      assert.ok(error.code === 503 && error.fault.retryAfter !== undefined);
      assert.ok(ms < 12_000, `${ms} ms`);
    }
    child.kill("SIGCONT");
    await eventually("it serves again", async () => (await destroy("c1", "n4")).error === undefined);
    assert.deepEqual(bench.record("c1"), ["began destroyNode n4", "ended destroyNode n4"]);
  });

  it("answers what one has begun that is told to stop; what it has not taken goes elsewhere", async () => {
    const child = await bench.conductor("c1");
    const call = destroy("c1", "sleep-1500");
    await began("c1", "sleep-1500");
    child.kill("SIGTERM");
    await eventually("it takes no more", async () => (await destroy("c1", "n2")).error instanceof CallNotTaken);
    assert.equal((await call).error, undefined);
    await new Promise((done) => (child.exitCode === null ? child.once("exit", done) : done(null)));
    assert.equal(child.exitCode, 0);
    assert.equal(bench.record("c1").at(-1), "ended destroyNode sleep-1500");
  });
});
