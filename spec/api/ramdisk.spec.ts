/** Lookup between flows by fast track, and heartbeats that name their node in the body. */
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

describe("heartbeat without a node in its path", () => {
  it("names the node in its body, from 1.22 on", async () => {
    await using api = await apiUnderTest();
    const { uuid } = (await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } })).json as {
      uuid: string;
    };
    const send = (minor: number, body: object) => api.send("POST", "/v1/heartbeat", { minor, body });
    const body = { node_ident: uuid, callback_url: "http://127.0.0.1:9", agent_token: "t" };
    assert.equal((await send(21, body)).status, 404);
    assert.equal((await send(115, body)).status, 202);
    assert.equal((api.conductor.lastCall()?.params as { node?: string } | undefined)?.node, uuid);
    const nameless = await send(115, { callback_url: "http://127.0.0.1:9" });
    assert.equal(nameless.status, 400);
    assert.match(nameless.text, /node_ident/);
  });
});
