/** A node that is on fast track, by its own setting or the service's, is found by its ramdisk between flows. */
import assert from "node:assert/strict";
import { apiUnderTest } from "../support/api-under-test.ts";

describe("lookup of nodes between flows", () => {
  const looked = async (own: unknown, configured: boolean) => {
    await using api = await apiUnderTest({ deploy: { fast_track: configured } });
    const driver_info = own === undefined ? {} : { fast_track: own };
    const node = (await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", driver_info } })).json;
    return (await api.send("GET", `/v1/lookup?node_uuid=${(node as { uuid: string }).uuid}`)).status;
  };

  it("goes by the service's setting when the node has none", async () => {
    assert.equal(await looked(undefined, false), 404);
    assert.equal(await looked(undefined, true), 200);
  });

  it("goes by the node's own setting first", async () => {
    assert.equal(await looked(true, false), 200);
    assert.equal(await looked("yes", false), 200);
    assert.equal(await looked(false, true), 404);
  });
});
