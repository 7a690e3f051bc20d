/** Bodies that are too much, too deep, no JSON or up to no good; and what messages may show of them. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

const nested = (levels: number) => `{"driver":"fake-hardware","extra":${'{"a":'.repeat(levels)}1${"}".repeat(levels)}}`;

describe("request bodies", () => {
  let api: ApiUnderTest;
  let node: string;
  before(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", extra: { a: 1 } } });
    node = (made.json as { uuid: string }).uuid;
  });
  after(() => api[Symbol.asyncDispose]());

  it("25 levels are taken, 26 are refused before parsing, in a shape of their own", async () => {
    assert.equal((await api.send("POST", "/v1/nodes", { body: nested(24) })).status, 201);
    const answer = await api.send("POST", "/v1/nodes", { body: nested(25) });
    assert.equal(answer.status, 400);
    assert.deepEqual(Object.keys(answer.json as object), ["faultcode", "faultstring"]);
    assert.equal(answer.headers.get("x-openstack-ironic-api-version"), null);
  });

  it("a hundred thousand brackets do no harm", async () => {
    assert.equal((await api.send("POST", "/v1/nodes", { body: "[".repeat(100_000) })).status, 400);
  });

  it("more than a mebibyte is refused with 413 on a plain path, but fits where config drives go", async () => {
    const big = "x".repeat(1_100_000);
    const refused = await api.send("POST", "/v1/nodes", { body: { driver: big } });
    assert.equal(refused.status, 413);
    const drive = Buffer.from(big).toString("base64");
    await api.stores.nodes.updateUnlocked(node, { provision_state: "available" });
    const body = { target: "active", configdrive: drive };
    assert.equal((await api.send("PUT", `/v1/nodes/${node}/states/provision`, { body })).status, 202);
    await api.stores.nodes.updateUnlocked(node, { provision_state: "enroll" });
  });

  it("a body without announced length is counted while it arrives", async () => {
    const answer = await rawChunked(api.url, "/v1/nodes", "x".repeat(64 * 1024), 40);
    assert.match(answer, /^HTTP\/1\.1 413/);
  });

  it("what is no JSON is refused; nothing is an empty object; the content type does not matter", async () => {
    assert.equal((await api.send("POST", "/v1/nodes", { body: "{nope" })).status, 400);
    assert.equal((await api.send("POST", "/v1/nodes", { body: "null" })).status, 400);
    assert.equal((await api.send("POST", "/v1/chassis")).status, 201);
    const headers = { "Content-Type": "text/plain" };
    assert.equal((await api.send("POST", "/v1/chassis", { body: { description: "d" }, headers })).status, 201);
  });

  it("__proto__ is a key like others in documents and patches, and changes no prototype", async () => {
    const made = await api.send("POST", "/v1/nodes", { body: '{"driver":"fake-hardware","__proto__":{"x":1}}' });
    assert.equal(made.status, 400);
    const patches = [
      [{ op: "add", path: "/__proto__/polluted", value: true }],
      [{ op: "replace", path: "/constructor/prototype/polluted", value: true }],
    ];
    for (const body of patches) assert.equal((await api.send("PATCH", `/v1/nodes/${node}`, { body })).status, 400);
    const inside = [{ op: "add", path: "/extra/__proto__", value: { polluted: true } }];
    assert.equal((await api.send("PATCH", `/v1/nodes/${node}`, { body: inside })).status, 200);
    assert.equal(
      (await api.send("PATCH", `/v1/nodes/${node}`, { body: [{ op: "add", path: "/extra/toString/x", value: 1 }] }))
        .status,
      400,
    );
    assert.equal(Reflect.get({}, "polluted"), undefined);
  });

  it("refusals name field, value and remedy, but never a secret", async () => {
    const wrong = await api.send("POST", "/v1/nodes", { body: { driver: 5 } });
    assert.match(wrong.text, /driver.*must be of type string, got 5/);
    const unknown = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", foo: 1 } });
    assert.match(unknown.text, /unknown field .*foo.*remove it/);
    const heartbeat = await api.send("POST", `/v1/heartbeat/${node}`, { body: { agent_token: "hunter2" } });
    assert.equal(heartbeat.status, 400);
    assert.doesNotMatch(heartbeat.text, /hunter2/);
    const rescue = { target: "rescue", rescue_password: ["hunter2"] };
    const refused = await api.send("PUT", `/v1/nodes/${node}/states/provision`, { body: rescue });
    assert.equal(refused.status, 400);
    assert.doesNotMatch(refused.text, /hunter2/);
  });

  it("secrets of a node are masked whatever the conductor returns, and stay when the mask comes back", async () => {
    const driver_info = { ipmi_password: "hunter2", ipmi_address: "10.0.0.1" };
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", driver_info } });
    assert.doesNotMatch(made.text, /hunter2/);
    const { uuid } = made.json as { uuid: string };
    const patch = [{ op: "add", path: "/driver_info/ipmi_port", value: 623 }];
    const changed = await api.send("PATCH", `/v1/nodes/${uuid}`, { body: patch });
    assert.deepEqual((changed.json as { driver_info: object }).driver_info, {
      ipmi_password: "******",
      ipmi_address: "10.0.0.1",
      ipmi_port: 623,
    });
    assert.equal((await api.stores.nodes.getRevealed(uuid)).driver_info.ipmi_password, "hunter2");
  });
});

/** Sends `count` chunks without a length and returns what comes back. */
function rawChunked(url: string, path: string, chunk: string, count: number): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.on("data", (data) => {
      answer += data;
    });
    // The server may cut the connection while we still send: what it said before counts.
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
    socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (let index = 0; index < count; index++) socket.write(`${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  });
}
