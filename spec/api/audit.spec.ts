/** The audit log: who asked for which change, before it is carried out and when it is answered; secrets never. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AuditFile } from "../../api/audit/audit-file.ts";
import type { Authenticator } from "../../api/auth/authenticator.ts";
import type { Config } from "../../common/config/config.ts";
import { ANONYMOUS } from "../../common/identity.ts";
import { silent } from "../../common/log.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

const CANARY = "canary-77aa0";
type Line = Readonly<Record<string, unknown>>;

describe("audit log", () => {
  const folder = mkdtempSync(join(tmpdir(), "ferric-audit-"));
  after(() => rmSync(folder, { recursive: true }));
  let path = "";
  let api: ApiUnderTest;
  beforeEach(() => {
    path = join(folder, `${crypto.randomUUID()}.log`);
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const start = async (audit: Partial<Config["audit"]> = {}, authenticator?: Authenticator) => {
    const options = {
      enabled: true,
      path: null,
      on_failure: "refuse",
      fsync: "interval",
      ramdisk: false,
      ...audit,
    } as const;
    api = await apiUnderTest(
      { audit: options },
      silent,
      authenticator,
      () => new AuditFile(path, options.fsync, silent),
    );
  };
  const lines = (): readonly Line[] =>
    readFileSync(path, "utf8")
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  const node = { driver: "fake-hardware", name: "n-1", driver_info: { ipmi_password: CANARY } };
  const id = (answer: { headers: Headers }) => answer.headers.get("openstack-request-id");

  it("has a line before a change and one with its outcome, by request id and node", async () => {
    await start({ fsync: "always" });
    const created = await api.send("POST", "/v1/nodes", { body: node });
    const { uuid } = created.json as { uuid: string };
    await api.send("GET", "/v1/nodes");
    const patch = [{ op: "replace", path: "/driver_info/ipmi_password", value: `${CANARY}2` }];
    const patched = await api.send("PATCH", "/v1/nodes/n-1", { body: patch });
    const refused = await api.send("PUT", "/v1/nodes/n-1/states/provision", { body: { target: "nonsense" } });
    const [create, made, change, changed, verb, no, ...more] = lines();
    assert.deepEqual(more, [], "reading leaves no line");
    assert.deepEqual(
      [create?.event, create?.request_id, create?.method, create?.route, create?.name, create?.fields],
      ["request", id(created), "POST", "/v1/nodes", "n-1", ["driver", "name", "driver_info"]],
    );
    assert.match(String(create?.address), /127\.0\.0\.1$/);
    assert.deepEqual([made?.event, made?.request_id, made?.status], ["answer", id(created), 201]);
    assert.deepEqual([change?.route, change?.node], ["/v1/nodes/:node", "n-1"]);
    assert.deepEqual(change?.patch, ["replace /driver_info/ipmi_password"]);
    assert.deepEqual([changed?.request_id, changed?.status, changed?.node_uuid], [id(patched), 200, uuid]);
    assert.deepEqual([verb?.target, no?.status], ["nonsense", refused.status]);
    assert.ok(!readFileSync(path, "utf8").includes(CANARY));
  });

  it("is no hindrance to the refusal of a patch whose words are no texts, and shows nothing of them", async () => {
    await start();
    await api.send("POST", "/v1/nodes", { body: node });
    for (const operation of [
      { op: { toString: 0, a: CANARY }, path: "/extra" },
      { op: "add", path: { toString: 0, a: CANARY }, value: 1 },
    ])
      assert.equal((await api.send("PATCH", "/v1/nodes/n-1", { body: [operation] })).status, 400);
    assert.deepEqual(
      lines().flatMap(({ patch }) => patch ?? []),
      ["? /extra", "add ?"],
    );
    assert.ok(!readFileSync(path, "utf8").includes(CANARY));
  });

  it("names user, project and roles", async () => {
    const who = {
      ...ANONYMOUS,
      user_id: "u1",
      user_name: "ada",
      project_id: "p1",
      project_name: "lab",
      roles: ["admin"],
    };
    const system = { ...who, system_scope: "all" as const };
    await start({}, { authenticate: async () => system, [Symbol.asyncDispose]: async () => undefined });
    assert.equal((await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } })).status, 201);
    const [line] = lines();
    assert.deepEqual(
      [line?.user_id, line?.user, line?.project_id, line?.project, line?.system_scope, line?.roles],
      ["u1", "ada", "p1", "lab", "all", ["admin"]],
    );
  });

  it("has one line for what is refused at the door, and not one for each of thousands", async () => {
    await start();
    assert.equal((await api.send("POST", "/v1/nothing", { body: {} })).status, 404);
    const [line] = lines();
    assert.deepEqual([line?.event, line?.path, line?.status], ["refused", "/v1/nothing", 404]);
    const began = performance.now();
    await Promise.all(Array.from({ length: 200 }, () => api.send("POST", "/v1/nothing", { body: {} })));
    const seconds = Math.ceil((performance.now() - began) / 1000) + 1;
    assert.ok(lines().length <= 1 + 21 * seconds, `${lines().length} lines in ${seconds} s`);
    await new Promise((done) => setTimeout(done, 1100));
    await api.send("POST", "/v1/nothing", { body: {} });
    const refused = lines().filter(({ event }) => event === "refused");
    const counted = refused.reduce((sum, { more }) => sum + (more === undefined ? 1 : Number(more)), 0);
    assert.equal(counted, 202, "each has a line or is in a count");
  });

  it("leaves agents out unless it is told otherwise", async () => {
    const beat = { callback_url: "http://127.0.0.1:9", agent_version: "1", agent_token: CANARY };
    const uuid = crypto.randomUUID();
    await start();
    await api.send("POST", `/v1/heartbeat/${uuid}`, { body: beat });
    assert.deepEqual(lines(), []);
    await api[Symbol.asyncDispose]();
    await start({ ramdisk: true });
    await api.send("POST", `/v1/heartbeat/${uuid}`, { body: beat });
    assert.equal(lines()[0]?.route, "/v1/heartbeat/:agent");
    assert.ok(!readFileSync(path, "utf8").includes(CANARY));
  });

  it("that cannot be written refuses changes with 503 and does nothing; reads and agents go on", async () => {
    symlinkSync("/dev/full", path);
    await start();
    const refused = await api.send("POST", "/v1/nodes", { body: node });
    assert.equal(refused.status, 503);
    assert.ok(refused.headers.has("Retry-After"));
    assert.match(refused.text, /\[audit\]on_failure/);
    assert.deepEqual((await api.send("GET", "/v1/nodes")).json, { nodes: [] });
    assert.notEqual((await api.send("POST", `/v1/heartbeat/${crypto.randomUUID()}`, { body: {} })).status, 503);
    rmSync(path);
    assert.equal(
      (await api.send("POST", "/v1/nodes", { body: node })).status,
      201,
      "as soon as it can be written again",
    );
    const [lost] = lines();
    assert.deepEqual([lost?.event, Number(lost?.lines) >= 1], ["lost", true]);
  });

  it("that cannot be written lets changes go on where the configuration says so, and tells how many lines are missing", async () => {
    symlinkSync("/dev/full", path);
    await start({ on_failure: "continue" });
    assert.equal((await api.send("POST", "/v1/nodes", { body: node })).status, 201);
    rmSync(path);
    assert.equal((await api.send("DELETE", "/v1/nodes/n-1")).status, 204);
    const [lost] = lines();
    assert.deepEqual([lost?.event, lost?.lines], ["lost", 2]);
  });
});
