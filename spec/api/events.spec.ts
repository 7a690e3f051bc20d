/** Ferric's own paths: the stream of progress events, the agent's events, health; and how the server stops. */
import assert from "node:assert/strict";
import { get, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import type { FerricEvent } from "../../common/events.ts";
import type { ProcessLoad } from "../../common/load-meter.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

/** Opens the stream and hands out its events one by one. */
async function open(url: string): Promise<{ next(): Promise<FerricEvent>; response: IncomingMessage }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => get(url, resolve).on("error", reject));
  const parts = blocks(response);
  return {
    response,
    async next() {
      const { value } = await parts.next();
      return JSON.parse(/^data: (.*)$/m.exec(value ?? "")?.[1] ?? "null") as FerricEvent;
    },
  };
}

async function* blocks(response: IncomingMessage): AsyncGenerator<string, undefined> {
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      yield text.slice(0, end);
      text = text.slice(end + 2);
    }
  }
  return undefined;
}

describe("events over HTTP", () => {
  let api: ApiUnderTest;
  let node: string;
  before(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    node = (made.json as { uuid: string }).uuid;
  });
  after(() => api[Symbol.asyncDispose]());

  it("streams what is remembered first, then what happens, of one node only when asked", async () => {
    api.events.emit(node, { type: "agent.lookup", address: "before" });
    api.events.emit(crypto.randomUUID(), { type: "agent.lookup", address: "other" });
    const stream = await open(`${api.url}/ferric/v1/events?node=${node}`);
    assert.equal(stream.response.headers["content-type"], "text/event-stream");
    const first = await stream.next();
    api.events.emit(crypto.randomUUID(), { type: "agent.lookup", address: "other" });
    api.events.emit(node, { type: "agent.lookup", address: "after" });
    const second = await stream.next();
    stream.response.destroy();
    assert.deepEqual(
      [first, second].map((event) => [event.node, "address" in event && event.address]),
      [
        [node, "before"],
        [node, "after"],
      ],
    );
  });

  it("refuses a node that is no UUID", async () => {
    assert.equal((await api.send("GET", "/ferric/v1/events?node=x")).status, 400);
  });

  it("drops a reader that does not read, and goes on for the others", async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.write("GET /ferric/v1/events HTTP/1.1\r\nHost: x\r\n\r\n");
    await new Promise((resolve) => socket.once("readable", resolve));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => {});
    const detail = "x".repeat(256 * 1024);
    for (let index = 0; index < 60; index++)
      api.events.emit(null, { type: "action", action: "fill", status: "done", detail });
    socket.resume();
    await closed;
    const stream = await open(`${api.url}/ferric/v1/events?node=${node}`);
    api.events.emit(node, { type: "agent.lookup", address: "still here" });
    assert.equal((await stream.next()).node, node);
    stream.response.destroy();
  });

  it("takes the agent's events with the node's token, at most 64 KiB", async () => {
    const path = `/ferric/v1/agent/${node}/events`;
    const events = [{ name: "image.progress", done: 1 }];
    assert.equal((await api.send("POST", path, { body: { agent_token: "fake-token", events } })).status, 202);
    assert.deepEqual(api.conductor.lastCall()?.params, { node, agent_token: "fake-token", events });
    assert.equal((await api.send("POST", path, { body: { agent_token: "wrong", events } })).status, 404);
    assert.equal((await api.send("POST", path, { body: { events } })).status, 400);
    const big = { agent_token: "fake-token", events: [{ text: "x".repeat(70_000) }] };
    assert.equal((await api.send("POST", path, { body: big })).status, 413);
    const other = `/ferric/v1/agent/${crypto.randomUUID()}/events`;
    assert.equal((await api.send("POST", other, { body: { agent_token: "fake-token", events } })).status, 404);
  });

  it("says that it is healthy", async () => {
    const { status, json } = await api.send("GET", "/healthz", { minor: null });
    assert.deepEqual([status, json], [200, { status: "ok" }]);
    const told = await api.send("GET", "/ferric/v1/health", { minor: null });
    const { process: load } = told.json as { process: ProcessLoad };
    assert.ok(load.loop_delay_ms.max >= load.loop_delay_ms.p99 && load.memory_mb > 10 && load.seconds < 61, told.text);
  });

  it("stops at once with idle connections and streams open, and finishes what is under way", async () => {
    const stopping = await apiUnderTest();
    const made = await stopping.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    const { uuid } = made.json as { uuid: string };
    const stream = await open(`${stopping.url}/ferric/v1/events`);
    stream.response.resume();
    const ended = new Promise((resolve) => stream.response.once("close", resolve));
    const release = stopping.conductor.hold();
    const pending = stopping.send("PUT", `/v1/nodes/${uuid}/maintenance`, { body: {} });
    await stopping.conductor.held;
    const started = performance.now();
    const stopped = stopping[Symbol.asyncDispose]();
    await ended;
    release();
    assert.equal((await pending).status, 202);
    await stopped;
    assert.ok(performance.now() - started < 4500, "sooner than idle connections end by themselves");
  });
});
