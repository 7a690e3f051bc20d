/** Redis killed, frozen, slow: calls are refused at once, none takes effect twice, and all goes on by itself afterwards. */
import assert from "node:assert/strict";
import { defaultConfig } from "../../../common/config/config.ts";
import { QueueUnavailable } from "../../../common/errors/driver.ts";
import { FerricError } from "../../../common/errors/fault.ts";
import { silent } from "../../../common/log.ts";
import { BullmqTransport } from "../../../common/rpc/bullmq/transport.ts";
import { deferred, handlersOf } from "../../conformance/transport.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { TcpProxy } from "../../support/tcp-proxy.ts";
import { CONTEXT, eventually, QueueBench, timed } from "./support/queue-bench.ts";

describe("faults of Redis under the queue", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(180_000);
  const frozenMs = process.env.FERRIC_FULL ? 30_000 : 6000;
  let bench: QueueBench;
  afterEach(() => bench[Symbol.asyncDispose]());

  const devices = (node = "n1") => bench.api.call("c1", "getSupportedBootDevices", { node }, CONTEXT);
  const echo = { getSupportedBootDevices: async ({ node }: { node: string }) => [node] };

  function isUnavailable(error: unknown): boolean {
    return (
      QueueUnavailable.matches(error) &&
      error.code === 503 &&
      error.fault.retryAfter !== undefined &&
      !/127\.|redis/i.test(error.message)
    );
  }

  for (const persistent of [false, true]) {
    const kind = persistent ? "with persistence" : "without persistence";

    it(`refuses calls at once while Redis is dead, and serves within 2 s of its return (${kind})`, async () => {
      bench = await QueueBench.start({ redis: { persistent } });
      const conductor = await bench.transport();
      await conductor.serve("c1", handlersOf(echo));
      assert.deepEqual(await devices(), ["n1"]);
      await bench.redis.kill();
      await eventually("the loss is noticed", () => !bench.api.link.up);
      const refused = await Promise.all(Array.from({ length: 50 }, () => timed(devices())));
      for (const { error, ms } of refused) {
        assert.ok(isUnavailable(error), String(error));
        assert.ok(ms < 500, `${ms} ms`);
      }
      await bench.redis.start();
      const back = await timed(
        eventually("calls are served", async () => (await timed(devices())).error === undefined),
      );
      assert.ok(back.ms < 2500, `back after ${back.ms} ms`);
    });

    it(`answers a call during which Redis was killed and came back, having carried it out once (${kind})`, async () => {
      bench = await QueueBench.start({ redis: { persistent } });
      const conductor = await bench.transport();
      const gate = deferred();
      let runs = 0;
      await conductor.serve(
        "c1",
        handlersOf({
          ...echo,
          createPort: async ({ values }) => {
            runs++;
            await gate.promise;
            return { ...values, uuid: "p1" } as never;
          },
          getBootDevice: async () => {
            await gate.promise;
            return { boot_device: "pxe", persistent: null };
          },
        }),
      );
      const values = { node_uuid: "n1", address: "52:54:00:00:00:01" } as never;
      const change = bench.api.call("c1", "createPort", { values }, CONTEXT);
      const read = bench.api.call("c1", "getBootDevice", { node: "n1" }, CONTEXT);
      await eventually("the handler runs", () => runs === 1);
      await bench.redis.kill();
      await eventually("the loss is noticed", () => !bench.api.link.up && !conductor.link.up);
      gate.resolve();
      await new Promise((done) => setTimeout(done, 200));
      await bench.redis.start();
      assert.equal(((await change) as { uuid: string }).uuid, "p1");
      assert.deepEqual(await read, { boot_device: "pxe", persistent: null });
      await devices();
      assert.equal(runs, 1);
    });
  }

  it("fetches the reply from the ledger while Redis stays away", async () => {
    bench = await QueueBench.start();
    const conductor = await bench.transport();
    const gate = deferred();
    const began = deferred();
    await conductor.serve(
      "c1",
      handlersOf({
        injectNmi: async () => {
          began.resolve();
          await gate.promise;
        },
      }),
    );
    const call = timed(bench.api.call("c1", "injectNmi", { node: "n1" }, CONTEXT));
    await began.promise;
    await bench.redis.kill();
    gate.resolve();
    const { error, ms } = await call;
    assert.equal(error, undefined);
    assert.ok(ms < 8000, `${ms} ms`);
  });

  it("withdraws calls that Redis took along, so that they can be asked again", async () => {
    bench = await QueueBench.start();
    const keys = "test:serves:c1";
    await bench.api.link.redis.set(keys, "a session that takes nothing", "PX", 60_000);
    const call = timed(bench.api.call("c1", "destroyNode", { node: "n1" }, CONTEXT));
    await eventually(
      "it is queued",
      async () => (await bench.api.link.redis.llen("test:queue:conductor.c1:wait")) === 1,
    );
    await bench.redis.kill();
    const { error, ms } = await call;
    assert.ok(isUnavailable(error), String(error));
    assert.ok(ms < 8000, `${ms} ms`);
  });

  it("takes a frozen Redis for a dead one, carries nothing out that was refused, and goes on when it thaws", async () => {
    bench = await QueueBench.start();
    const conductor = await bench.transport();
    const seen: string[] = [];
    await conductor.serve(
      "c1",
      handlersOf({
        ...echo,
        destroyNode: async ({ node }) => {
          seen.push(node);
        },
      }),
    );
    await devices();
    bench.redis.freeze();
    const first = await timed(bench.api.call("c1", "destroyNode", { node: "first" }, CONTEXT));
    assert.ok(first.error instanceof FerricError && first.error.code === 503, String(first.error));
    assert.ok(first.ms < 3500, `${first.ms} ms`);
    const later = await Promise.all(
      Array.from({ length: 20 }, () => timed(bench.api.call("c1", "destroyNode", { node: "later" }, CONTEXT))),
    );
    for (const { error, ms } of later) {
      assert.ok(isUnavailable(error), String(error));
      assert.ok(ms < 200, `${ms} ms`);
    }
    await new Promise((done) => setTimeout(done, frozenMs));
    bench.redis.thaw();
    const back = await timed(
      eventually("calls are served", async () => {
        const { error } = await timed(bench.api.call("c1", "destroyNode", { node: "thawed" }, CONTEXT));
        return error === undefined;
      }),
    );
    assert.ok(back.ms < 3000, `back after ${back.ms} ms`);
    assert.deepEqual([...new Set(seen)], ["thawed"]);
  });

  it("works over a connection with 200 ms latency, and after it was cut", async () => {
    await using made: { proxy?: TcpProxy } & AsyncDisposable = {
      async [Symbol.asyncDispose]() {
        await this.proxy?.[Symbol.asyncDispose]();
      },
    };
    bench = await QueueBench.start({
      port: async (redis) => {
        made.proxy = await TcpProxy.before(redis.port);
        made.proxy.delayMs = 100;
        return made.proxy.port;
      },
    });
    const conductor = await bench.transport();
    const seen = new Map<string, number>();
    await conductor.serve(
      "c1",
      handlersOf({
        ...echo,
        destroyNode: async ({ node }) => {
          seen.set(node, (seen.get(node) ?? 0) + 1);
        },
      }),
    );
    await eventually("the first call", async () => (await timed(devices())).error === undefined);
    const nodes = Array.from({ length: 40 }, (_, at) => `n${at}`);
    const { ms } = await timed(
      Promise.all(nodes.map((node) => bench.api.call("c1", "destroyNode", { node }, CONTEXT))),
    );
    assert.ok(ms < 6000, `${ms} ms`);
    assert.deepEqual(
      [...seen.values()],
      nodes.map(() => 1),
    );
    made.proxy?.cut();
    await eventually("calls after the cut", async () => (await timed(devices())).error === undefined);
  });

  it("starts without Redis and begins to serve when it comes", async () => {
    bench = await QueueBench.start();
    await bench.redis.kill();
    const conductor = await bench.transport();
    const serving = await timed(conductor.serve("c1", handlersOf(echo)));
    assert.ok(serving.ms < 1000, `${serving.ms} ms`);
    assert.ok(isUnavailable((await timed(devices())).error));
    await bench.redis.start();
    const back = await timed(eventually("calls are served", async () => (await timed(devices())).error === undefined));
    assert.ok(back.ms < 3000, `back after ${back.ms} ms`);
  });

  it("logs in with a password that appears on no command line", async () => {
    bench = await QueueBench.start({
      redis: { password: "s3cret-canary" },
      overrides: { redis: { password: "s3cret-canary" } },
    });
    await bench.api.serve("c1", handlersOf(echo));
    assert.deepEqual(await devices(), ["n1"]);
  });

  it("speaks TLS to a server whose certificate it can check, and to no other", async () => {
    bench = await QueueBench.start({ redis: { tls: true } });
    const { caFile: ca_file, tlsPort } = bench.redis;
    const overTls = (settings: { ca_file?: string }) =>
      defaultConfig({ redis: { url: `rediss://127.0.0.1:${tlsPort}/0`, key_prefix: "tls", ...settings } });
    const { stores, keys } = bench.database;
    const options = { ledger: stores.calls, keys, log: silent, onUnexpected: () => {} };
    const checked = await BullmqTransport.open({ ...options, config: overTls({ ca_file }) });
    await using served = await checked.serve("c1", handlersOf(echo));
    assert.deepEqual(await checked.call("c1", "getSupportedBootDevices", { node: "n1" }, CONTEXT), ["n1"]);
    const unchecked = await BullmqTransport.open({ ...options, config: overTls({}) });
    assert.equal(unchecked.link.up, false);
    await unchecked[Symbol.asyncDispose]();
    await served[Symbol.asyncDispose]();
    await checked[Symbol.asyncDispose]();
  });
});
