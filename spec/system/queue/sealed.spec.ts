/** What crosses Redis is sealed: it shows nothing there, and who has other keys, or none, gives no orders. */
import assert from "node:assert/strict";
import { Queue } from "bullmq";
import { KeyRing } from "../../../common/encryption/key-ring.ts";
import { QueueKeysDiffer } from "../../../common/errors/driver.ts";
import { silent } from "../../../common/log.ts";
import { Envelopes } from "../../../common/rpc/bullmq/envelope.ts";
import { connectionOptions, keysOf, queueName } from "../../../common/rpc/bullmq/options.ts";
import { BullmqTransport } from "../../../common/rpc/bullmq/transport.ts";
import { CALL_VERSION } from "../../../common/rpc/contract.ts";
import { deferred, handlersOf } from "../../conformance/transport.ts";
import { redisMissing } from "../../support/redis-server.ts";
import { CONTEXT, eventually, QueueBench } from "./support/queue-bench.ts";

const CANARY = "canary-9d21e";

describe("the queue between processes", function () {
  if (redisMissing !== null) {
    it.skip(`skipped: ${redisMissing}`);
    return;
  }
  this.timeout(60_000);
  let bench: QueueBench;
  before(async () => {
    bench = await QueueBench.start();
  });
  after(() => bench[Symbol.asyncDispose]());

  /** Everything that is in Redis, with its values. */
  async function dump(): Promise<string> {
    const { redis } = bench.api.link;
    const values = (await redis.keys("*")).map((key) => redis.dumpBuffer(key));
    return Buffer.concat((await Promise.all(values)).filter((value) => value !== null)).toString("latin1");
  }

  it("shows neither arguments nor answers in Redis", async () => {
    const gate = deferred();
    const handlers = handlersOf({
      doNodeDeploy: () => gate.promise,
      getConsole: async () => ({ password: CANARY }),
    });
    await using _served = await bench.api.serve("sealed", handlers);
    const answer = await bench.api.call("sealed", "getConsole", { node: "n" }, CONTEXT);
    assert.deepEqual(answer, { password: CANARY });
    const deploying = bench.api.call(
      "sealed",
      "doNodeDeploy",
      { node: "n", rebuild: false, configdrive: CANARY },
      CONTEXT,
    );
    await eventually("something in Redis", async () => (await dump()).length > 0);
    assert.ok(!(await dump()).includes(CANARY));
    gate.resolve();
    await deploying;
    const left = bench.api.call(
      "sealed",
      "doNodeDeploy",
      { node: CANARY, rebuild: false, configdrive: CANARY },
      CONTEXT,
    );
    assert.ok(!(await dump()).includes(CANARY));
    await left;
  });

  it("refuses calls that are sealed with other keys, for another conductor, or not at all", async () => {
    const seen: string[] = [];
    const handlers = handlersOf({
      destroyNode: async ({ node }) => {
        seen.push(node);
      },
    });
    await using _served = await bench.api.serve("strict", handlers);
    const { config } = bench;
    const queue = new Queue(queueName("strict"), {
      prefix: keysOf(config).queues,
      connection: connectionOptions(config),
    });
    const call = (node: string) => ({
      v: CALL_VERSION,
      id: crypto.randomUUID(),
      method: "destroyNode" as const,
      params: { node },
      context: CONTEXT,
      deadline: Date.now() + 30_000,
    });
    const replyTo = "test:replies:hand";
    const own = new Envelopes(bench.database.keys);
    await queue.add("destroyNode", { call: call("plain"), replyTo });
    await queue.add(
      "destroyNode",
      new Envelopes(KeyRing.ephemeral()).wrap({ call: call("stranger"), replyTo }, "strict"),
    );
    await queue.add("destroyNode", own.wrap({ call: call("for another"), replyTo }, "other"));
    await queue.add("destroyNode", { ...own.wrap({ call: call("reply elsewhere"), replyTo }, "strict"), replyTo: "x" });
    await queue.add("destroyNode", own.wrap({ call: call("good"), replyTo }, "strict"));
    await queue.close();
    await eventually("the good one", () => seen.length > 0);
    assert.deepEqual(seen, ["good"]);
  });

  it("tells an API with other keys so, at once", async () => {
    await using _served = await bench.api.serve("locked", handlersOf({}));
    const options = { ledger: bench.database.stores.calls, log: silent, onUnexpected: () => {} };
    await using stranger = await BullmqTransport.open({ ...options, config: bench.config, keys: KeyRing.ephemeral() });
    const call = stranger.call("locked", "getSupportedBootDevices", { node: "n" }, CONTEXT);
    await assert.rejects(call, (error) => QueueKeysDiffer.matches(error));
  });
});
