/** auth_strategy = keystone: which tokens are taken, how often Keystone is asked, and what happens when it does not answer. */
import assert from "node:assert/strict";
import type { Config } from "../../common/config/config.ts";
import { createLogger } from "../../common/log.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { OWN_PASSWORD, ScriptedKeystone } from "../support/scripted-keystone.ts";

const REFUSAL =
  '{"error":{"code":401,"title":"Unauthorized","message":"The request you have made requires authentication."}}';

describe("keystone", () => {
  let keystone: ScriptedKeystone;
  let api: ApiUnderTest;
  let logged: string[];
  const start = async (settings: Partial<Config["keystone_authtoken"]> = {}) => {
    await api?.[Symbol.asyncDispose]();
    logged = [];
    const stream = { write: (line: string) => logged.push(line) } as unknown as NodeJS.WritableStream;
    api = await apiUnderTest(keystone.settings(settings), createLogger({ level: "debug", stream }));
  };
  beforeEach(async () => {
    keystone = await ScriptedKeystone.start();
    await start();
  });
  afterEach(async () => {
    await api[Symbol.asyncDispose]();
    await keystone[Symbol.asyncDispose]();
  });

  const drivers = (token: string | null, more: Record<string, string> = {}, path = "/v1/nodes?limit=1") =>
    api.send("GET", path, { headers: { ...(token !== null && { "X-Auth-Token": token }), ...more } });

  it("turns away who brings no token as the real service does, and asks Keystone nothing", async () => {
    const { status, text, headers } = await drivers(null);
    assert.equal(status, 401);
    assert.equal(text, REFUSAL);
    assert.equal(headers.get("www-authenticate"), 'Keystone uri="http://keystone.example:5000"');
    assert.deepEqual(keystone.questions, []);
  });

  it("takes nonsense for what it is without asking: signs that no token has, too short, huge, two at once", async () => {
    const nonsense = [
      "a b c d e f g h",
      "x",
      "tök".repeat(5),
      "a".repeat(5000),
      "../../etc/passwd;x",
      '{"a":"bcdefgh"}',
    ];
    for (const token of nonsense) {
      const { status, text } = await drivers(
        encodeURI(token) === token ? token : Buffer.from(token).toString("latin1"),
      );
      assert.deepEqual([status, text], [401, REFUSAL], token.slice(0, 20));
    }
    const { status } = await drivers("token-one, token-two");
    assert.equal(status, 401);
    assert.deepEqual(keystone.questions, []);
  });

  it("tells a conductor who asks, with scope and roles, never the token", async () => {
    const token = keystone.issue("planted-token-1", { user: "bob", roles: ["Admin", "reader"] });
    const made = await api.send("POST", "/v1/nodes", {
      headers: { "X-Auth-Token": token },
      body: { driver: "fake-hardware" },
    });
    assert.equal(made.status, 201, made.text);
    const { context } = api.conductor.lastCall() ?? assert.fail("no call");
    assert.deepEqual([context.user, context.project], ["id-bob", null]);
    assert.deepEqual(context.identity, {
      user_id: "id-bob",
      user_name: "bob",
      project_id: null,
      project_name: null,
      user_domain_id: null,
      project_domain_id: null,
      domain_id: null,
      system_scope: "all",
      roles: ["admin", "reader"],
      service_roles: [],
    });
    assert.ok(!JSON.stringify(context).includes(token));
  });

  it("asks once for callers who come together, and not again while it knows", async () => {
    const token = keystone.issue("shared-token");
    const answers = await Promise.all(Array.from({ length: 50 }, () => drivers(token)));
    assert.ok(answers.every(({ status }) => status === 200));
    await drivers(token);
    assert.deepEqual(keystone.questions, ["shared-token"]);
    assert.equal(keystone.logins, 1);
  });

  it("asks once about a token that is not valid, for as long as it remembers", async () => {
    for (let i = 0; i < 5; i++) assert.equal((await drivers("never-issued")).status, 401);
    assert.deepEqual(keystone.questions, ["never-issued"]);
  });

  it("notices a revocation with the next request when it may remember nothing", async () => {
    await start({ revocation_cache_time: 0 });
    const token = keystone.issue("revoked-soon");
    assert.equal((await drivers(token)).status, 200);
    keystone.revoke(token);
    assert.equal((await drivers(token)).status, 401);
  });

  it("asks nobody on paths that are open to all, whatever token is given", async () => {
    for (const path of ["/", "/v1", "/v1/lookup", "/healthz"]) {
      assert.notEqual((await drivers("some-token", {}, path)).status, 401, path);
    }
    assert.deepEqual(keystone.questions, []);
  });

  it("closes ferric's own paths too", async () => {
    for (const path of ["/ferric/v1/health", "/ferric/v1/openapi.json", "/ferric/docs", "/ferric/v1/events"])
      assert.equal((await drivers(null, {}, path)).status, 401, path);
    assert.equal((await drivers(keystone.issue("good-token"), {}, "/ferric/v1/health")).status, 200);
  });

  it("lets services finish for a caller whose token has ended, and only services", async () => {
    const ended = keystone.issue("ended-token", { seconds: -10 });
    const service = keystone.issue("service-token", { user: "nova", roles: ["service"] });
    const other = keystone.issue("member-token", { user: "mallory", roles: ["member"] });
    assert.equal((await drivers(ended)).status, 401);
    assert.equal((await drivers(ended, { "X-Service-Token": service })).status, 200);
    assert.equal((await drivers(ended, { "X-Service-Token": other })).status, 401);
    const valid = keystone.issue("valid-token");
    assert.equal((await drivers(valid, { "X-Service-Token": other })).status, 401);
    assert.equal((await drivers(valid, { "X-Service-Token": "nonsense-token" })).status, 401);
    assert.equal((await drivers(null, { "X-Service-Token": service })).status, 401);
    await start({ service_token_roles_required: false });
    assert.equal((await drivers(valid, { "X-Service-Token": other })).status, 200);
    assert.equal((await drivers(ended, { "X-Service-Token": other })).status, 401);
  });

  it("holds callers with restricted application credentials to their access rules", async () => {
    const rule = { service: "baremetal", method: "GET", path: "/v1/nodes/**" };
    const token = keystone.issue("restricted", { access_rules: [rule] });
    assert.equal((await drivers(token, {}, "/v1/nodes/detail?limit=1")).status, 200);
    assert.equal((await drivers(token, {}, "/v1/drivers")).status, 401);
    const other = keystone.issue("elsewhere", { access_rules: [{ ...rule, service: "compute" }] });
    assert.equal((await drivers(other, {}, "/v1/nodes/detail?limit=1")).status, 401);
    assert.equal((await drivers(keystone.issue("nothing-at-all", { access_rules: [] }))).status, 401);
  });

  it("logs in again when Keystone has forgotten the API's own token", async () => {
    await drivers(keystone.issue("first-token"));
    keystone.forgetOwn();
    assert.equal((await drivers(keystone.issue("second-token"))).status, 200);
    assert.equal(keystone.logins, 2);
  });

  for (const mood of ["hang", "garbage", "broken", "forbids", "refuses login", "redirects"] as const)
    it(`answers 503 while Keystone ${mood === "hang" ? "hangs" : `is ${mood}`}, lets known tokens go on, and comes back`, async () => {
      await start({ revocation_cache_time: 0, http_connect_timeout: 1 });
      const known = keystone.issue("planted-known-token");
      assert.equal((await drivers(known)).status, 200);
      keystone.mood = mood;
      if (mood === "refuses login") keystone.forgetOwn();
      const began = performance.now();
      const [unknown, before] = await Promise.all([drivers(keystone.issue("planted-new-token")), drivers(known)]);
      assert.equal(unknown.status, 503, unknown.text);
      assert.equal(unknown.headers.get("retry-after"), "5");
      assert.match(unknown.text, /Keystone service is temporarily unavailable/);
      assert.doesNotMatch(unknown.text, /127\.0\.0\.1/);
      assert.equal(before.status, 200);
      // While it is known to be away, nobody waits for it.
      const again = performance.now();
      assert.equal((await drivers("another-new-token")).status, 503);
      assert.ok(performance.now() - again < 500);
      assert.ok(performance.now() - began < 4000);
      keystone.mood = "well";
      const back = async () => (await drivers("planted-new-token")).status === 200;
      for (const limit = Date.now() + 5000; !(await back()); await new Promise((ok) => setTimeout(ok, 100)))
        assert.ok(Date.now() < limit, "it does not come back");
      const errors = logged.filter((line) => line.includes("tokens cannot be checked"));
      assert.equal(errors.length, 1, "one line an absence");
      assert.ok(logged.some((line) => line.includes("Keystone answers again")));
      for (const line of logged) assert.doesNotMatch(line, /planted|own-\d/);
    });

  it("starts without Keystone, says so in the log, and works once it is there", async () => {
    const { port } = keystone;
    const settings = keystone.settings();
    await keystone[Symbol.asyncDispose]();
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream;
    await using alone = await apiUnderTest(settings, createLogger({ level: "info", stream }));
    const ask = () => alone.send("GET", "/v1/nodes", { headers: { "X-Auth-Token": "early-token" } });
    assert.equal((await ask()).status, 503);
    assert.ok(lines.some((line) => line.includes("cannot log in to Keystone yet") && line.includes("ECONNREFUSED")));
    keystone = await ScriptedKeystone.start(port);
    keystone.issue("early-token");
    for (const limit = Date.now() + 5000; (await ask()).status !== 200; await new Promise((ok) => setTimeout(ok, 100)))
      assert.ok(Date.now() < limit);
  });

  it("delay_auth_decision lets nobody past as somebody: policies judge, ferric's own paths stay closed", async () => {
    await start({ delay_auth_decision: true });
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
    const { context } = api.conductor.lastCall() ?? { context: null };
    if (context !== null) assert.deepEqual(context.identity?.roles, []);
    assert.equal((await drivers(null, {}, "/ferric/v1/health")).status, 401);
    assert.equal((await drivers("bad-token", {}, "/ferric/v1/events")).status, 401);
  });

  it("shows its own password nowhere", async () => {
    await drivers(keystone.issue("one-token"));
    for (const line of logged) assert.ok(!line.includes(OWN_PASSWORD));
  });
});
