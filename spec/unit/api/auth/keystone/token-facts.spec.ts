/** Keystone's answer about a token, and what access rules allow. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { allowsUse } from "../../../../../api/auth/keystone/access-rules.ts";
import { loginBody } from "../../../../../api/auth/keystone/credentials.ts";
import { readTokenFacts } from "../../../../../api/auth/keystone/token-facts.ts";
import { defaultConfig } from "../../../../../common/config/config.ts";
import type { Json } from "../../../../../common/json.ts";

const BASE = {
  expires_at: "2026-11-21T19:22:41.000000Z",
  user: { id: "u1", name: "alice", domain: { id: "default" } },
};

describe("what Keystone tells about a token", () => {
  it("is read for every scope", () => {
    const scope = (more: object) => {
      const { user_id, user_name, user_domain_id, service_roles, ...rest } =
        readTokenFacts({ token: { ...BASE, ...more } } as Json)?.identity ?? assert.fail("not read");
      assert.deepEqual([user_id, user_name, user_domain_id, service_roles], ["u1", "alice", "default", []]);
      return rest;
    };
    const noProject = { project_id: null, project_name: null, project_domain_id: null };
    const none = { ...noProject, domain_id: null, system_scope: null, roles: [] };
    assert.deepEqual(scope({}), none);
    assert.deepEqual(scope({ system: { all: true }, roles: [{ id: "r", name: "Admin" }] }), {
      ...none,
      system_scope: "all",
      roles: ["admin"],
    });
    assert.deepEqual(scope({ project: { id: "p", name: "demo", domain: { id: "d-2" } } }), {
      ...none,
      project_id: "p",
      project_name: "demo",
      project_domain_id: "d-2",
    });
    assert.deepEqual(scope({ domain: { id: "d", name: "D" } }), { ...none, domain_id: "d" });
    assert.deepEqual(scope({ system: { all: "yes" } }), none, "only the word true is a system scope");
  });

  it("is nothing where it does not say who or until when, whatever else it is", () => {
    for (const body of [
      null,
      [],
      "x",
      {},
      { token: {} },
      { token: { ...BASE, user: {} } },
      { token: { user: BASE.user } },
    ])
      assert.equal(readTokenFacts(body as Json), null, JSON.stringify(body));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => readTokenFacts({ token: value } as Json) === null),
      { numRuns: 2000 },
    );
  });

  it("is as unlimited as the token, or limited to its access rules", () => {
    const rules = (more: object) => readTokenFacts({ token: { ...BASE, ...more } } as Json)?.accessRules;
    assert.equal(rules({}), null);
    assert.equal(rules({ application_credential: { id: "a" } }), null);
    assert.deepEqual(rules({ application_credential: { access_rules: [] } }), []);
    assert.deepEqual(rules({ application_credential: { access_rules: [{ path: "/v1" }, 5] } }), []);
    assert.deepEqual(rules({ application_credential: { access_rules: "all" } }), []);
  });
});

describe("access rules", () => {
  const allows = (path: string, used: string, method = "GET") =>
    allowsUse([{ service: "baremetal", method: "GET", path }], { service: "baremetal", method, path: used });

  it("name whole paths, with stars and names for their parts", () => {
    assert.ok(allows("/v1/nodes", "/v1/nodes"));
    assert.ok(!allows("/v1/nodes", "/v1/nodes/a"));
    assert.ok(!allows("/v1/nodes", "/v1/nodes", "POST"));
    assert.ok(allows("/v1/nodes/*", "/v1/nodes/a"));
    assert.ok(allows("/v1/nodes/{node_id}/states", "/v1/nodes/a/states"));
    assert.ok(!allows("/v1/nodes/*", "/v1/nodes/a/states"));
    assert.ok(!allows("/v1/nodes/*", "/v1/nodes/"));
    assert.ok(allows("/v1/**", "/v1/nodes/a/states"));
    assert.ok(allows("/v1/**/states", "/v1/nodes/a/states"));
    assert.ok(!allows("/v1/**/states", "/v1/nodes/a/statesx"));
    assert.ok(allows("**", "/v1/nodes"));
    assert.ok(!allows("/v1/n*", "/v1/nodes"), "what is no whole part is no star");
  });

  it("are judged in time that a long path cannot blow up", () => {
    const began = performance.now();
    assert.ok(!allows(`${"/**".repeat(30)}/x`, "/a".repeat(500)));
    assert.ok(performance.now() - began < 1000);
  });
});

describe("the API's own login", () => {
  const body = (settings: object) =>
    JSON.parse(loginBody(defaultConfig({ keystone_authtoken: settings }).keystone_authtoken)).auth as unknown;

  it("is by password within a project, or in the system", () => {
    const named = { username: "ironic", password: "x", user_domain_name: "Default" };
    const user = { name: "ironic", domain: { name: "Default" }, password: "x" };
    const identity = { methods: ["password"], password: { user } };
    assert.deepEqual(body({ ...named, project_name: "service", project_domain_id: "default" }), {
      identity,
      scope: { project: { name: "service", domain: { id: "default" } } },
    });
    assert.deepEqual(body({ ...named, system_scope: "all" }), { identity, scope: { system: { all: true } } });
    assert.deepEqual(body({ user_id: "u", password: "x", project_id: "p" }), {
      identity: { methods: ["password"], password: { user: { id: "u", password: "x" } } },
      scope: { project: { id: "p" } },
    });
  });

  it("is by application credential, which has its scope in itself", () => {
    const settings = {
      auth_type: "v3applicationcredential",
      application_credential_id: "i",
      application_credential_secret: "s",
    };
    assert.deepEqual(body(settings), {
      identity: { methods: ["application_credential"], application_credential: { id: "i", secret: "s" } },
    });
  });
});
