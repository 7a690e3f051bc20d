/** Traits and VIFs of a node, and shards, over HTTP: what the generated tests of routes do not tell. */
import assert from "node:assert/strict";
import { Conflict } from "../../common/errors/node.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

describe("traits, VIFs and shards over HTTP", () => {
  let api: ApiUnderTest;
  let node: string;
  before(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name: "n1", shard: "s1" } });
    node = (made.json as { uuid: string }).uuid;
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
  });
  after(() => api[Symbol.asyncDispose]());

  it("traits are shown in the order of their names, below the node and as its field", async () => {
    const put = await api.send("PUT", "/v1/nodes/n1/traits", { body: { traits: ["CUSTOM_B", "HW_CPU_X86_VMX"] } });
    assert.equal(put.status, 204);
    const traits = ["CUSTOM_B", "HW_CPU_X86_VMX"];
    assert.deepEqual((await api.send("GET", "/v1/nodes/n1/traits")).json, { traits });
    const { json } = await api.send("GET", "/v1/nodes?fields=traits&sort_key=name&sort_dir=desc");
    assert.deepEqual((json as { nodes: { traits: object }[] }).nodes[0]?.traits, traits);
  });

  it("one trait is set without a body and told where it is; names are checked", async () => {
    const put = await api.send("PUT", "/v1/nodes/n1/traits/CUSTOM_A");
    assert.deepEqual([put.status, put.headers.get("location")], [204, `${api.url}/v1/nodes/n1/traits/CUSTOM_A`]);
    assert.deepEqual(api.conductor.lastCall()?.params, { node, traits: ["CUSTOM_A"], replace: false });
    for (const [path, body] of [
      ["/v1/nodes/n1/traits/custom_a", undefined],
      [`/v1/nodes/n1/traits/CUSTOM_${"X".repeat(255)}`, undefined],
      ["/v1/nodes/n1/traits/CUSTOM_A", { traits: [] }],
      ["/v1/nodes/n1/traits", undefined],
      ["/v1/nodes/n1/traits", { traits: ["bogus"] }],
      ["/v1/nodes/n1/traits", { traits: [1] }],
      ["/v1/nodes/n1/traits", { traits: [], more: 1 }],
    ] as const)
      assert.equal((await api.send("PUT", path, body === undefined ? {} : { body })).status, 400, path);
  });

  it("below 1.37 the router tells what it takes instead", async () => {
    const answer = await api.send("PUT", "/v1/nodes/n1/traits", { minor: 36, body: { traits: [] } });
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "DELETE, GET, PATCH, POST"]);
    const other = await api.send("POST", "/v1/nodes/n1/traits", { body: {} });
    assert.deepEqual([other.status, other.headers.get("allow")], [405, "DELETE, GET, PUT"]);
  });

  it("VIFs go to the conductor as they came; the choice of a port is exclusive from 1.67", async () => {
    const vif = { id: "v", port_uuid: "a", more: 1 };
    assert.equal((await api.send("POST", "/v1/nodes/n1/vifs", { body: vif })).status, 204);
    assert.deepEqual(api.conductor.lastCall()?.params, { node, vif });
    const both = { id: "v", port_uuid: null, portgroup_uuid: "b" };
    assert.equal((await api.send("POST", "/v1/nodes/n1/vifs", { body: both })).status, 400);
    assert.equal((await api.send("POST", "/v1/nodes/n1/vifs", { minor: 66, body: both })).status, 204);
    for (const body of [{}, { id: 5 }, { id: "" }, { id: "a b" }, { id: "x".repeat(256) }, []])
      assert.equal((await api.send("POST", "/v1/nodes/n1/vifs", { body })).status, 400, JSON.stringify(body));
    assert.deepEqual((await api.send("GET", "/v1/nodes/n1/vifs")).json, { vifs: [{ id: "vif" }] });
    assert.equal((await api.send("DELETE", `/v1/nodes/n1/vifs/${node}`)).status, 204);
    for (const path of ["/v1/nodes/n1/vifs", "/v1/nodes/n1/vifs/a%20b"])
      assert.equal((await api.send("DELETE", path)).status, 400, path);
  });

  it("a refusal of the network interface comes back as it is", async () => {
    api.conductor.failNext = Conflict({ reason: "attached already" });
    assert.equal((await api.send("POST", "/v1/nodes/n1/vifs", { body: { id: "v" } })).status, 409);
  });

  it("shards count their nodes; those without one stand last under a word of their own", async () => {
    const shards = [
      { name: "s1", count: 1 },
      { name: "None", count: 1 },
    ];
    assert.deepEqual((await api.send("GET", "/v1/shards")).json, { shards });
    assert.equal((await api.send("GET", "/v1/shards/s1")).status, 404);
    assert.equal((await api.send("GET", "/v1/shards?limit=1")).status, 400);
  });
});
