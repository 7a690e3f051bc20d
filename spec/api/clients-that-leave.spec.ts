/** A client that closes its connection: the conductor learns of it while the call is under way, and not otherwise. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

describe("a client that leaves", () => {
  let api: ApiUnderTest;
  let path: string;
  beforeEach(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    path = `/v1/nodes/${(made.json as { uuid: string }).uuid}`;
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const CALLS: readonly (readonly [string, string])[] = [
    ["PUT", "/maintenance"],
    ["GET", "/management/boot_device"],
  ];
  for (const [method, below] of CALLS) {
    it(`is known to have left: ${method} ${below}`, async () => {
      const release = api.conductor.hold();
      const client = new AbortController();
      const headers = { "X-OpenStack-Ironic-API-Version": "1.115" };
      const body = method === "PUT" ? { body: "{}" } : {};
      const answer = fetch(`${api.url}${path}${below}`, { method, headers, signal: client.signal, ...body });
      const left = assert.rejects(answer);
      await api.conductor.held;
      const gone = api.conductor.lastCall()?.context.gone;
      assert.equal(gone?.aborted, false);
      const told = once(gone as AbortSignal, "abort");
      client.abort();
      await Promise.all([told, left]);
      release();
    });
  }

  it("is not said of one that has its answer", async () => {
    const { status } = await api.send("PUT", `${path}/maintenance`, { body: {} });
    assert.equal(status, 202);
    await api.send("GET", path, { headers: { Connection: "close" } });
    assert.equal(api.conductor.lastCall()?.context.gone?.aborted, false);
  });
});
