/** Negotiation of microversions, and the headers that tell it. Source: contract errors.json, version_negotiation. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

const OWN = "x-openstack-ironic-api-version";
const MIN = "x-openstack-ironic-api-minimum-version";
const MAX = "x-openstack-ironic-api-maximum-version";

describe("microversions over HTTP", () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await apiUnderTest();
  });
  after(() => api[Symbol.asyncDispose]());

  const versionFor = async (headers: Record<string, string>) =>
    (await api.send("GET", "/v1/nodes", { minor: null, headers })).headers.get(OWN);

  it("is 1.1 when nothing is asked for", async () => {
    assert.equal(await versionFor({}), "1.1");
  });

  it("takes the standard header before the older one, in a list of services and in any case", async () => {
    const older = { "X-OpenStack-Ironic-API-Version": "1.31" };
    assert.equal(await versionFor({ ...older, "OpenStack-API-Version": "baremetal 1.61" }), "1.61");
    assert.equal(await versionFor({ ...older, "OpenStack-API-Version": "compute 2.1, Baremetal 1.33" }), "1.33");
    assert.equal(await versionFor({ ...older, "OpenStack-API-Version": "compute 2.1" }), "1.31");
    assert.equal(await versionFor({ "OpenStack-API-Version": "baremetal LATEST" }), "1.115");
  });

  it("tells the range with 406 for a number out of range, so that clients can step down", async () => {
    for (const asked of ["1.0", "1.116", "2.1", "1.99999999999999999999"]) {
      const answer = await api.send("GET", "/v1/nodes", { minor: null, headers: { [OWN]: asked } });
      assert.deepEqual(
        [answer.status, answer.headers.get(MIN), answer.headers.get(MAX), answer.headers.get(OWN)],
        [406, "1.1", "1.115", null],
        asked,
      );
    }
  });

  it("answers 406 without a range for what is no version", async () => {
    for (const asked of ["abc", "1", "1.2.3", "-1.2", "1.x", "0x1.2"]) {
      const answer = await api.send("GET", "/v1/nodes", { minor: null, headers: { [OWN]: asked } });
      assert.deepEqual([answer.status, answer.headers.get(MAX)], [406, null], asked);
    }
  });

  it("gives every answer a request id in both headers, and a new one each time", async () => {
    const [one, two] = [await api.send("GET", "/v1/nodes"), await api.send("GET", "/v1/nowhere")];
    assert.match(one.headers.get("openstack-request-id") ?? "", /^req-[0-9a-f-]{36}$/);
    assert.equal(one.headers.get("openstack-request-id"), one.headers.get("x-openstack-request-id"));
    assert.notEqual(one.headers.get("openstack-request-id"), two.headers.get("openstack-request-id"));
  });

  it("passes the request id on to the conductor", async () => {
    const answer = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    const seen = api.conductor.lastCall()?.context.request_id;
    assert.equal(seen, answer.headers.get("openstack-request-id"));
  });
});
