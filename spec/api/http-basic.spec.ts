/** auth_strategy = http_basic: who comes in, what others are told, and which paths are open to all. */
import assert from "node:assert/strict";
import { OWN_ROUTES } from "../../api/routes/own-table.ts";
import { ROUTES } from "../../api/routes/table.ts";
import { createLogger } from "../../common/log.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { basic, hashed, TestPasswords } from "../support/password-file.ts";

const OPEN = [
  "/",
  "/v1",
  "/v1/lookup",
  "/v1/heartbeat",
  "/v1/heartbeat/:agent",
  "/v1/continue_inspection",
  "/healthz",
  "/ferric/v1/agent/:agent/events",
];

describe("http_basic", () => {
  const passwords = new TestPasswords();
  const logged: string[] = [];
  let api: ApiUnderTest;
  before(async () => {
    passwords.write([
      `alice:${hashed("secret", { flavour: "y" })}`,
      `bob:${hashed("secret", { flavour: "b" })}`,
      `carol:${hashed("päss:wörd", { flavour: "a" })}`,
      `long:${hashed("x".repeat(72))}`,
      `slow:${hashed("secret", { cost: 10 })}`,
    ]);
    const stream = { write: (line: string) => logged.push(line) } as unknown as NodeJS.WritableStream;
    api = await apiUnderTest(
      { DEFAULT: { auth_strategy: "http_basic", http_basic_auth_user_file: passwords.path } },
      createLogger({ level: "debug", stream }),
    );
  });
  after(async () => {
    await api[Symbol.asyncDispose]();
    passwords[Symbol.dispose]();
  });

  const nodes = (headers: Record<string, string> = {}) => api.send("GET", "/v1/nodes", { headers });

  it("asks for a name and a password as the real service does", async () => {
    const { status, text, headers } = await nodes();
    assert.equal(status, 401);
    assert.equal(text, '{"error":{"message":"Authorization required","code":401}}');
    assert.equal(headers.get("www-authenticate"), 'Basic realm="Baremetal API"');
    assert.match(headers.get("openstack-request-id") ?? "", /^req-/);
    assert.equal(headers.get("x-openstack-ironic-api-version"), null);
  });

  it("lets in who is in the file, whichever program wrote the hash", async () => {
    for (const [name, password] of [
      ["alice", "secret"],
      ["bob", "secret"],
      ["carol", "päss:wörd"],
    ] as const) {
      assert.equal((await nodes(basic(name, password))).status, 200, name);
    }
    const lower = { authorization: basic("alice", "secret").authorization.replace("Basic", "basic") };
    assert.equal((await nodes(lower)).status, 200);
  });

  it("answers wrong passwords and unknown names alike, and each time", async () => {
    for (const headers of [
      basic("alice", "wrong"),
      basic("alice", "wrong"),
      basic("nobody", "secret"),
      basic("", ""),
    ]) {
      const { status, text } = await nodes(headers);
      assert.equal(status, 401);
      assert.equal(text, '{"error":{"message":"Incorrect username or password","code":401}}');
    }
  });

  it("checks the whole of a password: what bcrypt would leave out is refused", async () => {
    assert.equal((await nodes(basic("long", "x".repeat(72)))).status, 200);
    assert.equal((await nodes(basic("long", "x".repeat(73)))).status, 401);
  });

  it("answers headers that it cannot understand with 400, as the real service does", async () => {
    const told = async (authorization: string) => {
      const { status, text } = await nodes({ authorization });
      return [status, (JSON.parse(text) as { error: { message: string } }).error.message];
    };
    assert.deepEqual(await told("Basic"), [400, "Could not parse Authorization header"]);
    assert.deepEqual(await told("Basic a b"), [400, "Could not parse Authorization header"]);
    assert.deepEqual(await told("Bearer abc"), [400, 'Unsupported authorization type "Bearer"']);
    const undecodable = ["!!!", "YWxpY2U=", "/////w==", Buffer.alloc(6000, "a:").toString("base64")];
    for (const token of undecodable) {
      assert.deepEqual(await told(`Basic ${token}`), [400, "Could not decode authorization token"]);
    }
  });

  it("closes every route but those that are open to all", async () => {
    const own = ["health", "events", "openapi.json"].map((name) => ({ method: "GET", path: `/ferric/v1/${name}` }));
    const more = ["/ferric/docs", "/healthz", "/v1/nosuch", "/lookup", "/nodes", "//v1", "/v1/lookupx", "/v1//lookup"];
    const agent = { method: "POST", path: "/ferric/v1/agent/:agent/events" };
    const all = [...ROUTES, ...OWN_ROUTES, ...own, agent, ...more.map((path) => ({ method: "GET", path }))];
    assert.ok(all.length > 120, `${all.length} routes`);
    for (const { method, path } of all) {
      const { status } = await api.send(method, path.replaceAll(/:\w+/g, "11111111-2222-4333-8444-555555555555"), {
        minor: 110,
        ...(method !== "GET" && { body: {} }),
      });
      assert.equal(status !== 401, OPEN.includes(path), `${method} ${path}: ${status}`);
    }
  });

  it("asks before it looks at anything else: version, body, method", async () => {
    assert.equal((await api.send("GET", "/v1/nodes", { minor: 999 })).status, 401);
    assert.equal((await api.send("POST", "/v1/nodes", { body: "{{{" })).status, 401);
    assert.equal((await api.send("DELETE", "/v1", { minor: null })).status, 405);
    const head = await fetch(`${api.url}/v1/nodes`, { method: "HEAD" });
    assert.equal(head.status, 401);
  });

  it("tells a conductor who asks, without the password", async () => {
    const headers = basic("alice", "secret");
    const made = await api.send("POST", "/v1/nodes", { headers, body: { driver: "fake-hardware" } });
    assert.equal(made.status, 201);
    const { context } = api.conductor.lastCall() ?? assert.fail("no call");
    assert.equal(context.user, "alice");
    assert.equal(context.identity?.system_scope, "all");
    assert.ok(context.identity?.roles.includes("admin"));
    assert.doesNotMatch(JSON.stringify(context), /secret|authorization|YWxpY2U6/i);
  });

  it("goes on serving while passwords are checked, and refuses with 503 when too many wait", async () => {
    assert.equal((await nodes(basic("slow", "secret"))).status, 200);
    let answered = 0;
    const guesses = Array.from({ length: 100 }, async (_, index) => {
      const answer = await nodes(basic("slow", `guess ${index}`));
      answered++;
      return answer;
    });
    const refused = await Promise.any(
      guesses.map(async (guess) => ((await guess).status === 503 ? await guess : assert.fail("checked"))),
    );
    assert.equal(refused.headers.get("retry-after"), "5");
    assert.match(refused.text, /too many passwords wait/);
    for (let i = 0; i < 10; i++) assert.equal((await nodes(basic("slow", "secret"))).status, 200);
    assert.ok(answered < guesses.length, "who is known waits for nobody");
    await Promise.allSettled(guesses);
  });

  it("logs that credentials were refused, never what they were", async () => {
    logged.length = 0;
    await nodes(basic("mallory", "planted-password"));
    const line = logged.find((text) => text.includes("credentials refused")) ?? assert.fail("nothing is logged");
    assert.match(line, /"address":"[^"]+".*"request_id":"req-|"request_id":"req-.*"address":"[^"]+"/);
    const encoded = Buffer.from("mallory:planted-password").toString("base64");
    for (const text of logged) assert.ok(!text.includes("planted-password") && !text.includes(encoded), text);
  });
});
