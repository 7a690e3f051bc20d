/** Paths and methods that no route takes: the status that the real service (39.0) gave to the same request. */
import assert from "node:assert/strict";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

const NODE = "0c0ffee0-0000-4000-8000-000000000001";
const N = `/v1/nodes/${NODE}`;
const NEWEST = 115;

interface Odd {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly status: number;
  readonly minor?: number;
}

const ODD: Readonly<Record<string, readonly Odd[]>> = {
  "the API's own document can only be read": [
    { method: "POST", path: "/v1", status: 405 },
    { method: "DELETE", path: "/v1/", status: 405, minor: 30 },
  ],
  "what lies below a driver takes no method of its own": [
    { method: "GET", path: "/v1/drivers/fake-hardware/raid", status: 405 },
    { method: "GET", path: "/v1/drivers/nope/raid/x", status: 405 },
    { method: "POST", path: "/v1/drivers/fake-hardware/raid/logical_disk_properties", status: 405 },
  ],
  "a word behind a driver is a field, which versions below 1.77 do not choose": [
    { method: "GET", path: "/v1/drivers/fake-hardware/name", status: 200 },
    { method: "GET", path: "/v1/drivers/fake-hardware/x", status: 400 },
    { method: "GET", path: "/v1/drivers/nope/x", status: 404 },
    { method: "GET", path: "/v1/drivers/nope/x", status: 406, minor: 76 },
  ],
  "a collection that is too new is not written, whatever the path": [
    { method: "POST", path: "/v1/allocations/x", status: 405, minor: 51 },
    { method: "POST", path: "/v1/allocations/x", status: 400, minor: 52 },
    { method: "PATCH", path: "/v1/allocations/x/y", status: 405, minor: 56 },
    { method: "DELETE", path: "/v1/inspection_rules/x/y", status: 405, minor: 95 },
    { method: "DELETE", path: "/v1/inspection_rules/x/y", status: 400, minor: 96 },
    { method: "GET", path: "/v1/inspection_rules/x/y", status: 404, minor: 95 },
    { method: "POST", path: "/v1/events/x", status: 404, minor: 53 },
  ],
  "nothing can be changed behind what is named": [
    { method: "PATCH", path: `${N}/nope`, status: 400 },
    { method: "PATCH", path: "/v1/ports/x/y", status: 400 },
    { method: "PATCH", path: `/v1/runbooks/${NODE}/x`, status: 400 },
  ],
  "what has no names is told so": [
    { method: "DELETE", path: "/v1/ports/x/y", status: 400 },
    { method: "DELETE", path: "/v1/chassis/x/y", status: 400 },
    { method: "GET", path: "/v1/inspection_rules/x/y", status: 400 },
    { method: "GET", path: "/v1/volume/targets/x/y/z", status: 400 },
    { method: "DELETE", path: "/v1/volume/connectors/x/y", status: 400 },
  ],
  "an indicator must be named": [
    { method: "PUT", path: `${N}/management/indicators`, status: 400 },
    { method: "POST", path: `${N}/management/indicators`, status: 405 },
  ],
  "with a query, the fields of these come first": [
    { method: "GET", path: "/v1/portgroups/absent?fields=nope", status: 400 },
    { method: "GET", path: `/v1/chassis/${NODE}?fields=nope`, status: 400 },
    { method: "GET", path: `/v1/volume/connectors/${NODE}?fields=nope`, status: 400 },
    { method: "GET", path: "/v1/drivers/nope?fields=nope", status: 400 },
    { method: "GET", path: "/v1/allocations/absent?fields=nope", status: 400 },
    { method: "GET", path: "/v1/deploy_templates/absent?fields=nope", status: 400 },
  ],
  "what is not there is told before what is wrong with the rest": [
    { method: "GET", path: "/v1/nodes/absent/nope", status: 404 },
    { method: "GET", path: "/v1/ports/absent/nope", status: 404 },
    { method: "GET", path: "/v1/portgroups/absent/nope", status: 404 },
    { method: "GET", path: `/v1/chassis/${NODE}/nope`, status: 404 },
    { method: "GET", path: `/v1/volume/connectors/${NODE}/nope`, status: 404 },
    { method: "GET", path: `${N}/nope`, status: 400 },
    { method: "GET", path: "/v1/nodes/absent?fields=nope", status: 404 },
    { method: "GET", path: "/v1/ports/absent?fields=nope", status: 404 },
    { method: "GET", path: "/v1/runbooks/absent?fields=nope", status: 404 },
    { method: "GET", path: `/v1/inspection_rules/${NODE}?fields=nope`, status: 404 },
    { method: "PATCH", path: "/v1/drivers/nope/vendor_passthru/x", status: 404 },
    { method: "PATCH", path: "/v1/nodes/absent/vendor_passthru/x", status: 404 },
  ],
};

describe("odd paths", () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await apiUnderTest();
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", uuid: NODE } });
  });
  after(() => api[Symbol.asyncDispose]());

  for (const [what, requests] of Object.entries(ODD)) {
    it(what, async () => {
      for (const { method, path, status, minor = NEWEST } of requests) {
        const body = method === "PATCH" ? [{ op: "add", path: "/extra/a", value: 1 }] : {};
        const options = method === "GET" || method === "DELETE" ? { minor } : { minor, body };
        const answer = await api.send(method, path, options);
        assert.equal(answer.status, status, `${method} ${path} at 1.${minor}: ${answer.text}`);
      }
    });
  }
});
