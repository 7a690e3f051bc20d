/** Notifications over a real RabbitMQ: as a consumer of oslo.messaging finds them, and when RabbitMQ is killed. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { connect } from "amqplib";
import { isJsonObject, type JsonObject } from "../../../common/json.ts";
import { type MeteredService, meteredService } from "../../support/metered-service.ts";
import { hasRabbitMq, RabbitMqServer } from "../../support/rabbitmq-server.ts";

const run = promisify(execFile);
const QUEUE = "ironic_versioned_notifications.info";
const LISTENER = join(import.meta.dirname, "oslo-listener.py");
const PYTHON = join(process.env.PEER_VENV ?? join(tmpdir(), "peer/venv"), "bin/python");

describe("notifications over RabbitMQ", function () {
  this.timeout(240_000);
  let rabbit: RabbitMqServer;

  before(async function () {
    if (!hasRabbitMq()) this.skip();
    rabbit = await RabbitMqServer.start();
  });
  after(async () => await rabbit?.[Symbol.asyncDispose]());

  const notifying = (more: object = {}) =>
    meteredService({
      DEFAULT: { notification_level: "info" },
      oslo_messaging_notifications: {
        driver: "messagingv2",
        transport_url: rabbit.url,
        amqp_durable_queues: true,
        ...more,
      },
      prometheus: { enabled: false },
    });

  const create = (metered: MeteredService, name: string) =>
    metered.ask("POST", "/v1/nodes", { name, driver: "fake-hardware" });

  it("are kept for consumers that come later, in the envelope of oslo.messaging 2.0", async () => {
    await using metered = await notifying();
    await create(metered, "first");
    const [start, end] = await taken(rabbit, 2);
    assert.equal(start?.event_type, "baremetal.node.create.start");
    assert.equal(end?.event_type, "baremetal.node.create.end");
    assert.match(String(start?._unique_id), /^[0-9a-f]{32}$/);
  });

  it("are understood by oslo.messaging's own listener, where it is installed", async function () {
    if (!existsSync(PYTHON)) this.skip();
    await using metered = await notifying();
    for (const name of ["second", "third"]) await create(metered, name);
    const { stdout } = await run(PYTHON, [LISTENER, rabbit.url, "4"], { timeout: 60_000 });
    const heard = stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" "));
    assert.deepEqual(heard, [
      ["info", "ironic-api.cond-1", "baremetal.node.create.start", "second"],
      ["info", "ironic-api.cond-1", "baremetal.node.create.end", "second"],
      ["info", "ironic-api.cond-1", "baremetal.node.create.start", "third"],
      ["info", "ironic-api.cond-1", "baremetal.node.create.end", "third"],
    ]);
  });

  it("wait in order while RabbitMQ is away, and hold nobody up", async () => {
    await using metered = await notifying();
    await rabbit.kill();
    const began = performance.now();
    for (const name of ["fourth", "fifth"]) await create(metered, name);
    assert.ok(performance.now() - began < 5000, "requests are answered as ever");
    await rabbit.up();
    const told = await taken(rabbit, 4);
    assert.deepEqual(told.map(nameOf), ["fourth", "fourth", "fifth", "fifth"]);
  });

  it("are dropped beyond their limit, with a service that goes on and stops in time", async () => {
    await rabbit.kill();
    const metered = await notifying({ max_waiting: 3 });
    for (let at = 0; at < 10; at++) await create(metered, `many-${at}`);
    const began = performance.now();
    await metered[Symbol.asyncDispose]();
    assert.ok(performance.now() - began < 8000);
    await rabbit.up();
  });
});

function nameOf({ payload }: JsonObject): unknown {
  const data = isJsonObject(payload) ? payload["ironic_object.data"] : undefined;
  return isJsonObject(data) ? data.name : undefined;
}

/** Takes so many off the queue. @throws Error after 60 s */
async function taken(rabbit: RabbitMqServer, count: number): Promise<readonly JsonObject[]> {
  const connection = await connect(rabbit.url.replace("rabbit:", "amqp:"));
  try {
    const channel = await connection.createChannel();
    await channel.assertQueue(QUEUE, { durable: true, autoDelete: false });
    const found: JsonObject[] = [];
    for (let tries = 0; tries < 240 && found.length < count; tries++) {
      const message = await channel.get(QUEUE, { noAck: true });
      if (message === false) await new Promise((resolve) => setTimeout(resolve, 250));
      else {
        const outer = JSON.parse(message.content.toString("utf8")) as JsonObject;
        assert.equal(outer["oslo.version"], "2.0");
        found.push(JSON.parse(String(outer["oslo.message"])) as JsonObject);
      }
    }
    assert.equal(found.length, count, "so many notifications came");
    return found;
  } finally {
    await connection.close();
  }
}
