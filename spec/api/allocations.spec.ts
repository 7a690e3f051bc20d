/** Allocations over HTTP: what the generated tests of fields and routes do not reach. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

interface Shown {
  readonly uuid: string;
  readonly candidate_nodes: readonly string[];
}

describe("allocations over HTTP", () => {
  let api: ApiUnderTest;
  const nodes: string[] = [];
  before(async () => {
    api = await apiUnderTest();
    for (const name of ["one", "two"]) {
      const { json } = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name } });
      nodes.push((json as Shown).uuid);
    }
  });
  after(() => api[Symbol.asyncDispose]());

  const create = (body: object, minor = 115) => api.send("POST", "/v1/allocations", { minor, body });

  it("knows candidates by UUID and by name, in the order given", async () => {
    const { json } = await create({ resource_class: "rc", candidate_nodes: ["two", nodes[0]] });
    assert.deepEqual((json as Shown).candidate_nodes, [nodes[1], nodes[0]]);
  });

  const refused: readonly [string, object, number, number][] = [
    ["a candidate nobody knows", { resource_class: "rc", candidate_nodes: ["one", "none"] }, 115, 400],
    ["a name of other characters", { resource_class: "rc", name: "a b" }, 115, 400],
    ["neither resource class nor node", { name: "a" }, 115, 400],
    ["an empty resource class", { resource_class: "" }, 115, 400],
    ["a node nobody knows", { node: "none" }, 115, 400],
    ["a node below 1.58", { node: "one" }, 57, 400],
    ["an owner below 1.60", { resource_class: "rc", owner: "o" }, 59, 406],
    ["what is no trait", { resource_class: "rc", traits: ["gpu"] }, 115, 400],
  ];
  for (const [what, body, minor, status] of refused) {
    it(`refuses ${what} with ${status}`, async () => {
      const calls = api.conductor.calls.length;
      const answer = await create(body, minor);
      assert.equal(answer.status, status, answer.text);
      assert.equal(api.conductor.calls.length, calls);
    });
  }

  it("asks the node's conductor to backfill, and leaves the choice of the UUID to it", async () => {
    await create({ node: "one", traits: ["CUSTOM_A"] });
    const { method, params } = api.conductor.lastCall() ?? {};
    assert.equal(method, "createAllocation");
    assert.deepEqual(params, { values: { traits: ["CUSTOM_A"], candidate_nodes: [], node_uuid: nodes[0] } });
  });

  it("shows and deletes the allocation of a node below it", async () => {
    const { json } = await api.send("GET", "/v1/nodes/one/allocation?fields=node_uuid");
    assert.equal((json as { node_uuid: string }).node_uuid, nodes[0]);
    assert.equal((await api.send("DELETE", "/v1/nodes/one/allocation")).status, 204);
    assert.match(
      (await api.send("GET", "/v1/nodes/one/allocation")).text,
      new RegExp(`allocation of node ${nodes[0]}`),
    );
    assert.equal((await api.send("GET", "/v1/nodes/none/allocation")).status, 400);
    assert.equal((await api.send("GET", "/v1/nodes/one/allocation/x")).status, 405);
  });

  it("is temporarily unavailable while no conductor is alive", async () => {
    const alone = await apiUnderTest();
    try {
      await alone.conductor.leave();
      const answer = await alone.send("POST", "/v1/allocations", { body: { resource_class: "rc" } });
      assert.equal(answer.status, 503);
      assert.equal(answer.headers.get("retry-after"), "10");
    } finally {
      await alone[Symbol.asyncDispose]();
    }
  });

  it("repeats its filters in the next link", async () => {
    const { json } = await api.send("GET", "/v1/allocations?resource_class=rc&limit=1");
    assert.match((json as { next: string }).next, /\?resource_class=rc&sort_key=id&sort_dir=asc&limit=1&marker=/);
  });
});
