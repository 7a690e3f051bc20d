/** The shapes of errors on the wire, and the quirks of paths and methods. Source: contract errors.json. */
import assert from "node:assert/strict";
import { Conflict } from "../../common/errors/node.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

const inner = (json: unknown) =>
  JSON.parse((json as { error_message: string }).error_message) as Record<string, unknown>;

describe("errors over HTTP", () => {
  let api: ApiUnderTest;
  let node: string;
  before(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name: "n1" } });
    node = (made.json as { uuid: string }).uuid;
  });
  after(() => api[Symbol.asyncDispose]());

  it("application errors are JSON text in error_message, with the version headers", async () => {
    const answer = await api.send("GET", `/v1/nodes/${crypto.randomUUID()}`);
    assert.equal(answer.status, 404);
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.equal(answer.headers.get("x-openstack-ironic-api-version"), "1.115");
    const { faultcode, faultstring, debuginfo } = inner(answer.json);
    assert.deepEqual([faultcode, debuginfo], ["Client", null]);
    assert.match(String(faultstring), /could not be found/);
  });

  it("a fault of the conductor comes back as it is", async () => {
    api.conductor.failNext = Conflict({ reason: "not now" });
    const answer = await api.send("PUT", `/v1/nodes/${node}/maintenance`, { body: {} });
    assert.deepEqual([answer.status, inner(answer.json).faultstring], [409, "not now"]);
  });

  it("an unknown error shows nothing of the inside", async () => {
    api.conductor.failNext = new Error("password is hunter2");
    const answer = await api.send("PUT", `/v1/nodes/${node}/maintenance`, { body: {} });
    assert.deepEqual([answer.status, inner(answer.json).faultcode], [500, "Server"]);
    assert.doesNotMatch(answer.text, /hunter2/);
  });

  it("unknown paths and wrong methods are the router's, without version headers", async () => {
    for (const [method, path, status, allow] of [
      ["GET", "/v1/nosuch", 404, null],
      ["GET", "/v2/nodes", 404, null],
      ["GET", "/ferric/v1/nosuch", 404, null],
      ["GET", "/v1/switches", 404, null],
      ["PUT", "/v1/nodes", 405, "DELETE, GET, PATCH, POST"],
      ["POST", `/v1/nodes/${node}/states/power`, 405, "GET"],
      ["GET", `/v1/nodes/${node}/maintenance`, 405, "DELETE, PUT"],
      ["DELETE", `/v1/nodes/${node}/management/boot_device`, 405, ""],
      ["POST", "/v1/drivers", 405, "GET"],
      ["GET", "/v1/heartbeat", 405, "POST"],
      ["DELETE", "/healthz", 405, "GET, HEAD"],
    ] as const) {
      const answer = await api.send(method, path);
      assert.deepEqual([answer.status, answer.headers.get("allow")], [status, allow], `${method} ${path}`);
      assert.equal(inner(answer.json).code, status);
      assert.equal(answer.headers.get("x-openstack-ironic-api-version"), null);
    }
  });

  it("HEAD is known for the documents only; OPTIONS is empty everywhere", async () => {
    assert.deepEqual([(await api.send("HEAD", "/v1")).status, (await api.send("HEAD", "/")).status], [200, 200]);
    const head = await api.send("HEAD", "/v1/nodes");
    assert.deepEqual([head.status, head.headers.get("allow")], [405, "DELETE, GET, PATCH, POST"]);
    const options = await api.send("OPTIONS", "/v1/nodes");
    assert.deepEqual([options.status, options.text, options.headers.get("openstack-request-id")], [200, "", null]);
  });

  it("a client that does not take JSON is told in its own form", async () => {
    const html = await api.send("GET", "/v1/nodes", { headers: { Accept: "text/html" } });
    assert.equal(html.status, 406);
    assert.match((html.json as { error_message: string }).error_message, /^<html>/);
    const plain = await api.send("GET", "/v1/nosuch", { headers: { Accept: "text/plain" } });
    assert.equal(plain.status, 404);
    assert.match((plain.json as { error_message: string }).error_message, /^404/);
    assert.equal((await api.send("GET", "/v1/nodes", { headers: { Accept: "text/html, */*;q=0.1" } })).status, 200);
  });

  it("what a foreign Accept header says cannot become markup", async () => {
    const answer = await api.send("GET", "/v1/nodes", { headers: { Accept: "text/html;x=<script>" } });
    assert.doesNotMatch(answer.text, /<script>/);
  });

  it("the prefix may be left out, a slash at the end does not count, .json counts from 1.91", async () => {
    assert.equal((await api.send("GET", "/nodes")).status, 200);
    assert.equal((await api.send("GET", "/v1/nodes/")).status, 200);
    assert.equal((await api.send("GET", `/v1/nodes/${node}.json`, { minor: 90 })).status, 200);
    assert.equal((await api.send("GET", "/v1/nodes.json", { minor: 91 })).status, 404);
  });

  it("a word behind a node is one of its fields, in any case", async () => {
    const { json } = await api.send("GET", `/v1/nodes/${node}/Driver`);
    assert.equal((json as { driver: string }).driver, "fake-hardware");
    assert.equal((await api.send("GET", `/v1/nodes/${node}/nosuch`)).status, 400);
    assert.equal((await api.send("GET", `/v1/nodes/${node}/constructor`)).status, 400);
  });

  it("no live conductor: 400 for a new node, 503 with Retry-After for one that is there", async () => {
    await using lonely = await apiUnderTest();
    const made = await lonely.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    const { uuid } = made.json as { uuid: string };
    await lonely.conductor.leave();
    await lonely.stores.conductors.list(60);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    assert.equal((await lonely.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } })).status, 400);
    const answer = await lonely.send("PUT", `/v1/nodes/${uuid}/states/power`, { body: { target: "power on" } });
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get("retry-after"), "10");
    // The stock client fails on the header, in place of trying again.
    const stock = await lonely.send("PUT", `/v1/nodes/${uuid}/states/power`, {
      body: { target: "power on" },
      headers: { "User-Agent": "python-ironicclient keystoneauth1/5.13.1 python-requests/2.33.0" },
    });
    assert.deepEqual([stock.status, stock.headers.get("retry-after")], [503, null]);
    const shown = await lonely.send("GET", `/v1/nodes/${uuid}?fields=conductor`);
    assert.equal((shown.json as { conductor: string | null }).conductor, null);
  });
});
