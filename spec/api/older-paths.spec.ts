/** Paths of an older form that upstream's tests still use. */
import assert from "node:assert/strict";
import { apiUnderTest } from "../support/api-under-test.ts";

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
