/** The action api-call over real sockets: headers, proxies, time limits and further tries. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { JsonObject } from "../../../../common/json.ts";
import { callApi } from "../../../../drivers/inspection-rules/api-call.ts";
import { listening } from "../../../support/loopback.ts";
import { makeBench } from "../agent/support/bench.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

async function served(answer: Answer) {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["x-token"] ?? ""}`.trim());
    answer(request, response);
  });
  const base = `http://127.0.0.1:${await listening(server)}`;
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { base, seen, [Symbol.dispose]: stop };
}

const fine: Answer = (_request, response) => void response.end("{}");

function call(args: JsonObject) {
  const bench = makeBench();
  return { bench, done: callApi(args, bench.services, bench.controller.signal) };
}

describe("inspection rules: api-call", () => {
  it("goes through the proxy of its scheme, with its headers", async () => {
    using proxy = await served(fine);
    const url = "http://service.invalid/told?x=1";
    await call({ url, headers: { "x-token": "abc" }, proxies: { http: proxy.base } }).done;
    assert.deepEqual(proxy.seen, [`GET ${url} abc`]);
  });

  it("goes straight when the proxy is for another scheme", async () => {
    using server = await served(fine);
    await call({ url: `${server.base}/told`, proxies: { https: "http://127.0.0.1:9" } }).done;
    assert.deepEqual(server.seen, ["GET /told"]);
  });

  it("refuses proxies that are no URL, naming the argument", async () => {
    for (const proxies of [{ http: "proxy" }, { http: "file:///etc" }, { http: 1 }, "surprise"])
      await assert.rejects(call({ url: "http://127.0.0.1:9", proxies }).done, /proxies must be an object/);
  });

  it("gives up on a server that never answers, once the time is over for each try", async () => {
    using server = await served(() => {});
    const { done } = call({ url: server.base, timeout: 0.5, retries: 1 });
    await assert.rejects(done, /failed 2 times/);
    assert.equal(server.seen.length, 2);
  });

  it("waits longer before each further try", async () => {
    using server = await served((_request, response) => void response.writeHead(503).end());
    const { bench, done } = call({ url: server.base, retries: 3, backoff_factor: 0.5 });
    await assert.rejects(done, /failed 4 times: status 503/);
    assert.deepEqual(bench.slept, [500, 1000, 2000]);
  });

  it("ends at once when the inspection is aborted", async () => {
    using server = await served(() => bench.controller.abort(new Error("given up")));
    const { bench, done } = call({ url: server.base, retries: 5 });
    await assert.rejects(done, /given up/);
    assert.equal(server.seen.length, 1);
  });
});
