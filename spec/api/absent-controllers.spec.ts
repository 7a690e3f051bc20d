/**
 * Below the microversion that brought a controller, the router knows nothing of its paths, whatever the method; these
 * answers carry no version headers. The statuses were asked of the real service (39.0) one by one.
 */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

const NODE = "0c0ffee0-0000-4000-8000-000000000001";
const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
const OWN = "x-openstack-ironic-api-version";

/** Path, and the microversion that brought it. */
const GONE_BELOW: readonly [string, number][] = [
  [`/v1/nodes/${NODE}/portgroups`, 24],
  [`/v1/nodes/${NODE}/vifs`, 28],
  [`/v1/nodes/${NODE}/volume/connectors`, 32],
  [`/v1/nodes/${NODE}/volume/targets`, 32],
  ["/v1/volume/connectors", 32],
  ["/v1/volume/targets", 32],
  [`/v1/nodes/${NODE}/bios`, 40],
  [`/v1/nodes/${NODE}/allocation`, 52],
  [`/v1/nodes/${NODE}/history`, 78],
  [`/v1/nodes/${NODE}/inventory`, 81],
  [`/v1/nodes/${NODE}/firmware`, 86],
  [`/v1/nodes/${NODE}/vmedia`, 89],
];

describe("controllers that a microversion does not have", () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await apiUnderTest();
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", uuid: NODE } });
  });
  after(() => api[Symbol.asyncDispose]());

  const ask = (method: string, path: string, minor: number) =>
    api.send(method, path, { minor, ...(method === "GET" || method === "DELETE" ? {} : { body: [] }) });

  for (const [path, since] of GONE_BELOW) {
    it(`${path.replace(NODE, "{node}")} is not there below 1.${since}, for any method`, async () => {
      for (const method of METHODS) {
        for (const asked of [path, `${path}/x`]) {
          const below = await ask(method, asked, since - 1);
          assert.equal(below.status, 404, `${method} ${asked}: ${below.text}`);
          assert.equal(below.headers.get(OWN), null, `${method} ${asked}`);
        }
      }
      const put = await ask("PUT", path, since);
      assert.equal(put.status, 405, put.text);
    });
  }

  for (const [path, since] of [
    ["/v1/deploy_templates", 55],
    ["/v1/runbooks", 92],
  ] as const) {
    it(`${path} takes no method below 1.${since}`, async () => {
      for (const method of METHODS) {
        const { status, headers } = await ask(method, `${path}/x`, since - 1);
        assert.deepEqual([status, headers.get(OWN)], [method === "GET" ? 404 : 405, null], method);
      }
    });
  }

  it("virtual media can be read some versions after it can be attached: that is the application's word", async () => {
    const { status, headers } = await ask("GET", `/v1/nodes/${NODE}/vmedia`, 92);
    assert.deepEqual([status, headers.get(OWN)], [404, "1.92"]);
  });

  it("virtual media is detached by a path too, and a wrong device is named", async () => {
    const before = api.conductor.calls.length;
    assert.equal((await ask("DELETE", `/v1/nodes/${NODE}/vmedia/cdrom,floppy`, 89)).status, 204);
    assert.deepEqual(api.conductor.calls.at(before)?.params, { node: NODE, devices: ["cdrom", "floppy"] });
    const wrong = await ask("DELETE", `/v1/nodes/${NODE}/vmedia/bogus`, 89);
    assert.equal(wrong.status, 400);
    assert.match(wrong.text, /bogus/);
  });

  it("parts that can only be listed have no pages of their own", async () => {
    for (const part of ["children", "firmware", "traits", "vifs"]) {
      assert.equal((await ask("GET", `/v1/nodes/${NODE}/${part}/x`, 115)).status, 405, part);
    }
  });
});
