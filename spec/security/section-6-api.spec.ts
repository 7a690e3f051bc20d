/** Bad input at the API's faces, line by line of reliability.md, section 6: a few of each here, thousands in spec/system/input. */
import assert from "node:assert/strict";
import { createLogger } from "../../common/log.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { conductorUnderTest } from "../support/conductor-under-test.ts";
import { ScriptedKeystone } from "../support/scripted-keystone.ts";

const PLAIN = 114;

describe("bad input (reliability 6)", () => {
  let api: ApiUnderTest;
  before(async () => {
    api = await apiUnderTest();
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name: "good" } });
  });
  after(() => api[Symbol.asyncDispose]());

  async function bytes(path: string, body: Uint8Array, type = "application/json"): Promise<number> {
    const headers = { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": type };
    return (await fetch(`${api.url}${path}`, { method: "POST", headers, body: Buffer.from(body) })).status;
  }

  it("API body: bad JSON, NaN, BOM, NUL, UTF-16, lone surrogates, other types, prototypes: 400, and nothing is changed", async () => {
    const texts = [
      ...[
        "{",
        "}",
        '{"driver": NaN}',
        '{"driver": Infinity}',
        "{'driver': 1}",
        '{"driver":"a",}',
        "nul",
        "\0",
        '{"driver"\0:1}',
      ],
      ...["[]", "null", "5", '"text"', "true", "[{}]", '{"driver": null}', '{"driver": []}', '{"driver": {"a": 1}}'],
      ...['{"driver":"fake-hardware","name":"\\ud800"}', '{"driver":"fake-hardware","name":"a\\u0000b"}'],
      ...['{"driver":"fake-hardware","__proto__":{"polluted":1}}', '{"driver":"fake-hardware","constructor":{}}'],
      ...["[".repeat(26) + "]".repeat(26), '{"a":'.repeat(26)],
    ];
    for (const text of texts) assert.equal(await bytes("/v1/nodes", Buffer.from(text)), 400, text.slice(0, 60));
    assert.equal(await bytes("/v1/nodes", Buffer.from('{"driver":"fake-hardware"}', "utf16le")), 400);
    assert.equal(await bytes("/v1/nodes", Buffer.from("\ufeff{}")), 400);
    assert.equal(await bytes("/v1/nodes", Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])), 400);
    assert.equal(await bytes("/v1/nodes", Buffer.alloc(1024 * 1024 + 1, 32)), 413);
    assert.equal(Reflect.get({}, "polluted"), undefined);
    const { nodes } = (await api.send("GET", "/v1/nodes")).json as { nodes: object[] };
    assert.equal(nodes.length, 1);
  });

  it("API auth: no, unknown, expired and another project's token: 401, 403, 404 as of none; no token in a log", async () => {
    const lines: string[] = [];
    const stream = { write: (line: string) => lines.push(line) } as unknown as NodeJS.WritableStream;
    await using keystone = await ScriptedKeystone.start();
    await using guarded = await apiUnderTest(keystone.settings(), createLogger({ level: "debug", stream }));
    const tokens = {
      admin: keystone.issue("planted-admin-token"),
      expired: keystone.issue("planted-expired-token", { seconds: -5 }),
      reader: keystone.issue("planted-reader-token", { project: "p-1", roles: ["reader"] }),
    };
    const as = (token: string | null, method: string, path: string, body?: object) =>
      guarded.send(method, path, { body, headers: token === null ? {} : { "X-Auth-Token": token } });
    const driver = "fake-hardware";
    const made = await as(tokens.admin, "POST", "/v1/nodes", { driver, owner: "p-2" });
    const own = await as(tokens.admin, "POST", "/v1/nodes", { driver, owner: "p-1" });
    const uuidOf = ({ json }: typeof made) => (json as { uuid: string }).uuid;
    for (const token of [null, "planted-unknown-token", tokens.expired, `${tokens.admin}x`, "Bearer x"])
      assert.equal((await as(token, "GET", "/v1/nodes")).status, 401, String(token));
    const [foreign, none] = [uuidOf(made), crypto.randomUUID()];
    const hidden = await as(tokens.reader, "GET", `/v1/nodes/${foreign}`);
    assert.equal(hidden.status, 404);
    assert.equal(hidden.text.replaceAll(foreign, none), (await as(tokens.reader, "GET", `/v1/nodes/${none}`)).text);
    assert.equal((await as(tokens.reader, "DELETE", `/v1/nodes/${uuidOf(own)}`)).status, 403);
    assert.ok(lines.length > 0);
    for (const line of lines) assert.doesNotMatch(line, /planted-/);
  });

  it("API patch: ops, paths and values of every wrong kind: 400, 403 or 409, and the record as it was", async () => {
    const { json } = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", extra: { a: 1 } } });
    const { uuid } = json as { uuid: string };
    const before = (await api.send("GET", `/v1/nodes/${uuid}`)).text;
    const values: readonly unknown[] = [
      ...["text", 5, null, {}, [5], [[]], [{}], [{ op: "add" }], [{ op: "add", path: 5, value: 1 }]],
      ...["frobnicate", "ADD", "", "copy", "move"].map((op) => [{ op, path: "/extra/a", value: 2 }]),
      ...["uuid", "created_at", "provision_state", "power_state", "reservation", "nope", "__proto__", "links"].map(
        (field) => [{ op: "replace", path: `/${field}`, value: "x" }],
      ),
      ...["/driver", "/extra/none", "/none", "/extra/a/b/c"].map((path) => [{ op: "remove", path }]),
      [{ op: "test", path: "/extra/a", value: 2 }],
      [
        { op: "replace", path: "/extra/a", value: 2 },
        { op: "test", path: "/extra/a", value: 1 },
      ],
      [{ op: "add", path: "extra/a", value: 2 }],
      [{ op: "add", path: "/properties", value: "text" }],
      [{ op: "replace", path: "/name", value: "no name at all" }],
      [{ op: "replace", path: "/chassis_uuid", value: "00000000-0000-4000-8000-000000000009" }],
    ];
    for (const body of values) {
      const { status, text } = await api.send("PATCH", `/v1/nodes/${uuid}`, { body, minor: PLAIN });
      assert.ok([400, 403, 409].includes(status), `${JSON.stringify(body)}: ${status} ${text}`);
    }
    assert.equal((await api.send("GET", `/v1/nodes/${uuid}`)).text, before);
    const other = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name: "taken" } });
    assert.equal(other.status, 201);
    const taken = [{ op: "replace", path: "/name", value: "taken" }];
    assert.equal((await api.send("PATCH", `/v1/nodes/${uuid}`, { body: taken, minor: PLAIN })).status, 409);
  });

  it("API query: limits, sort keys, fields, long values and SQL: 400, never 500", async () => {
    const queries = [
      ...["limit=-1", "limit=abc", "limit=1e30", "limit=1.5", "limit=%00", "sort_key=bogus", "sort_key=__proto__"],
      ...["fields=bogus", "fields=links,bogus", "fields=uuid;drop", "marker=bogus", "marker=%27%20OR%201=1--"],
      ...["sort_dir=up", "maintenance=perhaps", "provision_state=bogus", "bogus=1", "limit=1&limit=x"],
      ...[`marker=${"x".repeat(7000)}`, "sort_key=uuid;DROP%20TABLE%20nodes", "sort_key=(select%201)"],
    ];
    for (const query of queries) {
      const { status, text } = await api.send("GET", `/v1/nodes?${query}`, { minor: PLAIN });
      assert.ok(status === 400 || status === 404, `${query.slice(0, 60)}: ${status} ${text}`);
    }
    assert.equal((await api.send("GET", "/v1/nodes")).status, 200);
  });

  it("Names: unicode, length, dots, encodings, line ends: 400 or 404, and no header of theirs", async () => {
    const names = [
      "..",
      "%2e%2e",
      "%2e%2e%2f",
      "a%0d%0aX-Injected:%201",
      "%00",
      "%ff",
      "ü",
      "💥",
      "a".repeat(10_000),
      "a b",
      "%20",
      "-",
      ".",
    ];
    for (const name of names) {
      const { status, headers } = await api.send("GET", `/v1/nodes/${name}/states`, { minor: PLAIN });
      assert.ok([400, 404, 405, 414, 431].includes(status), `${name.slice(0, 40)}: ${status}`);
      assert.equal(headers.get("x-injected"), null);
    }
    for (const name of ["ü", "a b", "a\r\nX-Injected: 1", "a/b", "a".repeat(256), "💥", "\u202e", " "]) {
      const { status } = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name }, minor: PLAIN });
      assert.equal(status, 400, JSON.stringify(name));
    }
  });

  it("CORS (reliability 6, D): no origin is let in unless it is named, and then only that one", async () => {
    const origin = "https://horizon.example";
    const asked = await api.send("GET", "/v1/nodes", { headers: { Origin: origin } });
    assert.equal(asked.headers.get("access-control-allow-origin"), null);
    await using open = await apiUnderTest({ api: { allowed_origins: [origin] } });
    const headerOf = async (from: string) =>
      (await open.send("GET", "/v1/nodes", { headers: { Origin: from } })).headers.get("access-control-allow-origin");
    assert.equal(await headerOf(origin), origin);
    const preflight = await open.send("OPTIONS", "/v1/nodes", { headers: { Origin: origin } });
    const named = (preflight.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(", ");
    for (const header of ["authorization", "x-auth-token", "content-type", "x-openstack-ironic-api-version"])
      assert.ok(named.includes(header), header);
    for (const other of ["https://horizon.example.evil.test", "http://horizon.example", "null", "https://evil.test"])
      assert.equal(await headerOf(other), null, other);
  });

  it("Pages carry headers that keep them from loading, framing and guessing anything", async () => {
    const { headers } = await fetch(`${api.url}/ferric/docs`);
    assert.match(headers.get("content-security-policy") ?? "", /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
  });
});

describe("bad input of agents (reliability 6)", () => {
  it("Lookup: unknown and unexpected machines get nothing, the token is told once", async () => {
    await using under = await conductorUnderTest();
    const uuid = await under.nodeIn("wait call-back");
    const ask = () => under.call("lookupNode", { node: uuid, address: "192.0.2.1" });
    const tokens = [];
    for (let asked = 0; asked < 11; asked++) tokens.push((await ask()).agent_token);
    assert.equal(new Set(tokens).size, 2);
    assert.deepEqual(
      tokens.slice(1),
      Array.from({ length: 10 }, () => "******"),
    );
    assert.equal(JSON.stringify(await ask()).includes(tokens[0] ?? "none"), false);
  });

  it("Heartbeat: wrong, missing and other nodes' tokens, changed and forbidden callback URLs: refused, and the node is as it was", async () => {
    await using under = await conductorUnderTest({ agent: { allowed_callback_networks: [] } });
    const [uuid, other] = [await under.nodeIn("wait call-back"), await under.nodeIn("wait call-back")];
    const [token, foreign] = [await under.lookup(uuid), await under.lookup(other)];
    const callback_url = "https://192.0.2.9:9999";
    const beat = (over: object) =>
      under.call("heartbeat", { node: uuid, callback_url, agent_token: token, agent_version: "9", ...over });
    const before = await under.node(uuid);
    for (const agent_token of [
      null,
      "",
      "wrong",
      foreign,
      "******",
      `${token} `,
      token.slice(0, -1),
      "x".repeat(10_000),
    ])
      await assert.rejects(beat({ agent_token }), /agent_token/);
    for (const url of [
      "https://169.254.169.254/",
      "https://[fe80::1]:9999",
      "https://127.0.0.1:9999",
      "https://[::ffff:7f00:1]:1",
      "https://[fd00:ec2::254]/",
    ])
      await assert.rejects(beat({ callback_url: url }), /callback_url .* leads to/);
    assert.deepEqual((await under.node(uuid)).driver_internal_info, before.driver_internal_info);
    await beat({});
    await assert.rejects(beat({ callback_url: "https://192.0.2.10:9999" }), /differs from the one/);
    await assert.rejects(beat({ callback_url: "https://192.0.2.9:9998" }), /differs from the one/);
    const { agent_url } = (await under.node(uuid)).driver_internal_info;
    assert.equal(agent_url, callback_url);
  });
});
