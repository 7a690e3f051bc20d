/** What was said to a controller is asked of the node's conductor, by those who may. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

describe("log of what was said to a controller", () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await apiUnderTest();
  });
  after(async () => await api[Symbol.asyncDispose]());

  it("comes from the conductor of the node, by name or UUID", async () => {
    const uuid = crypto.randomUUID();
    await api.send("POST", "/v1/nodes", { body: { uuid, name: "talker", driver: "fake-hardware" } });
    for (const ident of [uuid, "talker"]) {
      const { status, json } = await api.send("GET", `/ferric/v1/nodes/${ident}/bmc-log`);
      assert.equal(status, 200);
      assert.deepEqual(json, { node: uuid, conductor: "fake-host", exchanges: [] });
      assert.deepEqual(api.conductor.lastCall()?.params, { node: uuid });
    }
  });

  it("is not there for a node that is not there, and is only read", async () => {
    assert.equal((await api.send("GET", "/ferric/v1/nodes/nobody/bmc-log")).status, 404);
    assert.equal((await api.send("DELETE", "/ferric/v1/nodes/talker/bmc-log")).status, 405);
  });
});
