/** Identifiers in paths as upstream's tests hold them, and paths of an older form that these still use. */
import assert from "node:assert/strict";
import { apiUnderTest } from "../support/api-under-test.ts";

describe("identifiers of ports in paths", () => {
  it("are UUIDs or names, never addresses; only a UUID removes one", async () => {
    await using api = await apiUnderTest();
    const { uuid } = (await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } })).json as {
      uuid: string;
    };
    const address = "52:54:00:00:00:01";
    await api.send("POST", "/v1/ports", { body: { node_uuid: uuid, address, name: "p1" } });
    const statusOf = async (method: string, ident: string, body?: unknown) =>
      (await api.send(method, `/v1/ports/${ident}`, body === undefined ? {} : { body })).status;
    const patch = [{ op: "add", path: "/extra/a", value: 1 }];
    for (const wrong of [address, "malformed:uuid"]) {
      assert.equal(await statusOf("GET", wrong), 400);
      assert.equal(await statusOf("PATCH", wrong, patch), 400);
      assert.equal(await statusOf("DELETE", wrong), 400);
    }
    assert.equal(await statusOf("GET", "p1"), 200);
    assert.equal(await statusOf("PATCH", "p1", patch), 200);
    assert.equal(await statusOf("DELETE", "p1"), 400);
    assert.equal(await statusOf("GET", "p2"), 404);
  });
});

describe("older paths", () => {
  it("the console of a node is also found below states/console", async () => {
    await using api = await apiUnderTest();
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name: "n1" } });
    const older = await api.send("GET", "/v1/nodes/states/console/n1");
    assert.equal(older.status, 200);
    assert.deepEqual(older.json, (await api.send("GET", "/v1/nodes/n1/states/console")).json);
    assert.equal((await api.send("GET", "/v1/nodes/states/console/n2")).status, 404);
  });
});
