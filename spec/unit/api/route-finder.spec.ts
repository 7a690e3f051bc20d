/** Which route a path finds. */
import assert from "node:assert/strict";
import { route } from "../../../api/engine/define-route.ts";
import type { Verb } from "../../../api/engine/route.ts";
import { RouteFinder } from "../../../api/engine/route-finder.ts";
import { ROUTES } from "../../../api/routes/table.ts";

const made = (method: Verb, path: string) =>
  route({ method, path, policy: "p", status: 200, handle: async () => ({}) });

describe("finding routes", () => {
  const finder = new RouteFinder([
    made("GET", "/"),
    made("GET", "/v1/nodes"),
    made("GET", "/v1/nodes/detail"),
    made("GET", "/v1/nodes/:node"),
    made("PUT", "/v1/nodes/:node"),
    made("GET", "/v1/nodes/:node/states"),
    made("GET", "/v1/nodes/:node/:field"),
    made("GET", "/v1/nodes/states/:node"),
  ]);
  const found = (method: string, path: string) => {
    const match = finder.find(method, path);
    return match === null ? null : { path: match.route.path, params: { ...match.params } };
  };

  it("takes a word before a parameter", () => {
    assert.deepEqual(found("GET", "/v1/nodes/detail"), { path: "/v1/nodes/detail", params: {} });
    assert.deepEqual(found("GET", "/v1/nodes/a"), { path: "/v1/nodes/:node", params: { node: "a" } });
    assert.deepEqual(found("GET", "/v1/nodes/a/states"), { path: "/v1/nodes/:node/states", params: { node: "a" } });
    assert.deepEqual(found("GET", "/v1/nodes/states/x"), {
      path: "/v1/nodes/states/:node",
      params: { node: "x" },
    });
  });

  it("tells methods, letters' case and the number of segments apart; an empty segment fits nothing", () => {
    assert.equal(found("PUT", "/v1/nodes/a")?.path, "/v1/nodes/:node");
    assert.equal(found("GET", "/")?.path, "/");
    const none = ["/v1/Nodes", "/v1/nodes/", "/v1/nodes//states", "/v1/nodes/a/states/", "/v1", "", "/v2/nodes"];
    for (const path of none) assert.equal(found("GET", path), null, path);
    assert.equal(found("DELETE", "/v1/nodes/a"), null);
  });

  it("decodes parameters, and leaves what is no encoding as it is", () => {
    assert.equal(found("GET", "/v1/nodes/a%20b%2Fc")?.params.node, "a b/c");
    assert.equal(found("GET", "/v1/nodes/a%zz")?.params.node, "a%zz");
    assert.equal(found("GET", "/v1/nodes/a%ff")?.params.node, "a%ff");
    assert.equal(found("GET", "/v1/n%6fdes")?.path, "/v1/nodes");
  });

  it("finds every route of the service, and parameters only behind the collection", () => {
    const all = new RouteFinder(ROUTES);
    for (const { method, path } of ROUTES) {
      assert.doesNotMatch(path.split("/").slice(0, 3).join("/"), /:/, path);
      assert.notEqual(all.find(method, path.replace(/:(\w+)/g, "$1")), null, `${method} ${path}`);
    }
  });
});
