/** The way to RabbitMQ, with a broker that works and then falls silent without closing: what it has not confirmed goes another way. */
import assert from "node:assert/strict";
import { silent } from "../../../../common/log.ts";
import { AmqpSink } from "../../../../tools/notifications/amqp-sink.ts";
import { type AmqpBroker, amqpBroker } from "../../../support/amqp-broker.ts";

const ANSWER_MS = 200;

describe("notifications to RabbitMQ", function () {
  this.timeout(30_000);
  let broker: AmqpBroker;
  let sink: AmqpSink;

  beforeEach(async () => {
    broker = await amqpBroker();
    sink = new AmqpSink(broker.url, true, silent, ANSWER_MS);
  });
  afterEach(async () => {
    await sink.close();
    await broker[Symbol.asyncDispose]();
  });

  it("use one connection as long as it is answered", async () => {
    for (const number of [1, 2, 3]) await sink.send("ironic_versioned_notifications.info", { number });
    assert.deepEqual([broker.connections, broker.confirmed], [1, 3]);
  });

  it("are sent over another one when it is not any more, whatever was asked last", async () => {
    await sink.send("ironic_versioned_notifications.info", { number: 1 });
    broker.fallSilent();
    await sink.send("ironic_versioned_notifications.info", { number: 2 });
    broker.fallSilent();
    await sink.send("ironic_versioned_notifications.error", { number: 3 });
    assert.deepEqual([broker.connections, broker.confirmed], [3, 3]);
  });

  it("leave no connection open that nobody answers on", async () => {
    await sink.send("ironic_versioned_notifications.info", { number: 1 });
    broker.fallSilent();
    const began = performance.now();
    await sink.close();
    assert.ok(performance.now() - began < 10_000, "it is not waited for");
    await broker.allClosed();
  });
});
