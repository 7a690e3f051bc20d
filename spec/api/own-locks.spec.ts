/** Ferric's own paths about locks and work under way: what they show, and who may take a lock away. */
import assert from "node:assert/strict";
import { ConductorTimeout } from "../../common/errors/driver.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";

describe("paths about a node's lock and its work", () => {
  let api: ApiUnderTest;
  let uuid: string;
  beforeEach(async () => {
    api = await apiUnderTest();
    const made = await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", name: "one" } });
    ({ uuid } = made.json as { uuid: string });
  });
  afterEach(() => api[Symbol.asyncDispose]());

  const alive = { host: "fake-host", bootId: "fake-boot", purpose: "node deployment" };
  const dead = { host: "cond-9", bootId: "gone", purpose: "cleaning" };
  const get = (path: string) => api.send("GET", `/ferric/v1/nodes/${path}`, { minor: null });
  const post = (path: string, body?: unknown) =>
    api.send("POST", `/ferric/v1/nodes/${path}`, { minor: null, ...(body !== undefined && { body }) });

  it("show a free node as free, by UUID or name", async () => {
    const expected = { node: uuid, locked: false, number: 0, holder: null, lease: null };
    for (const ident of [uuid, "one"]) {
      const { status, json } = await get(`${ident}/lock`);
      assert.equal(status, 200);
      assert.deepEqual({ ...(json as object), ...expected }, json);
    }
  });

  it("show owner, purpose, age and lease of a lock", async () => {
    await api.stores.nodes.reserve(uuid, alive);
    const { json } = await get(`${uuid}/lock`);
    const facts = json as { since: string; age_seconds: number; lease: { alive: boolean; expires_at: string } };
    const { holder, owner, purpose, number, locked } = json as Record<string, unknown>;
    assert.deepEqual([locked, holder, owner, purpose, number], [true, "fake-host", "fake-boot", "node deployment", 1]);
    assert.ok(facts.age_seconds >= 0 && facts.age_seconds < 30);
    assert.equal(facts.lease.alive, true);
    assert.ok(Date.parse(facts.lease.expires_at) > Date.now());
  });

  it("release the lock of a process that is gone: the number rises, the history tells, conductors are told", async () => {
    const { ticket } = await api.stores.nodes.reserve(uuid, dead);
    assert.equal((await get(`${uuid}/lock`)).status, 200);
    const { status, json } = await post(`${uuid}/lock/release`, { reason: "rack lost" });
    assert.equal(status, 200);
    assert.deepEqual([(json as { released: boolean }).released, (json as { settled: boolean }).settled], [true, true]);
    const node = await api.stores.nodes.get(uuid);
    assert.deepEqual([node.reservation, node.lock_number], [null, 2]);
    await assert.rejects(api.stores.nodes.save(ticket, { extra: {} }), { name: "LockLost" });
    const [entry] = await api.stores.history.ofNode(uuid);
    assert.equal(entry?.event_type, "lock release");
    assert.match(entry?.event ?? "", /cond-9 .*gone, dead.*for cleaning since .*Reason: rack lost/);
    assert.equal(api.conductor.lastCall()?.method, "settleNode");
  });

  it("refuse to release what is alive, and say what to do; forced they do, and fence the holder off", async () => {
    const { ticket } = await api.stores.nodes.reserve(uuid, alive);
    const refused = await post(`${uuid}/lock/release`);
    assert.equal(refused.status, 409);
    assert.match(refused.text, /is alive.*node deployment.*abort.*force/);
    assert.equal((await api.stores.nodes.get(uuid)).reservation, "fake-host");
    assert.equal((await post(`${uuid}/lock/release`, { force: true })).status, 200);
    await assert.rejects(api.stores.nodes.save(ticket, { extra: {} }), { name: "LockLost" });
  });

  it("release although no conductor answers, and say that nobody could be told", async () => {
    await api.stores.nodes.reserve(uuid, dead);
    api.conductor.failNext = ConductorTimeout({ method: "settleNode", seconds: 3 });
    const { status, json } = await post(`${uuid}/lock/release`);
    assert.deepEqual([status, (json as { settled: boolean }).settled], [200, false]);
  });

  it("refuse what is not locked, unknown nodes, bodies and methods", async () => {
    assert.equal((await post(`${uuid}/lock/release`)).status, 409);
    assert.equal((await get(`${crypto.randomUUID()}/lock`)).status, 404);
    for (const body of [{ force: "yes" }, { other: 1 }, { reason: 7 }])
      assert.equal((await post(`${uuid}/lock/release`, body)).status, 400, JSON.stringify(body));
    const wrong = await api.send("DELETE", `/ferric/v1/nodes/${uuid}/lock`, { minor: null });
    assert.deepEqual([wrong.status, wrong.headers.get("allow")], [405, "GET"]);
    assert.equal((await get(`${uuid}/nothing`)).status, 404);
  });

  it("show what a node waits for and until when", async () => {
    const provision_updated_at = "2030-01-01T00:00:00.000000+00:00";
    const clean_step = { interface: "deploy", step: "erase", abortable: false };
    const driver_internal_info = {
      clean_steps: [{ interface: "raid", step: "create" }, clean_step],
      clean_step_index: 1,
      step_started_at: "2030-01-01T00:00:01.000000+00:00",
    };
    const state = { provision_state: "clean wait", provision_updated_at, clean_step, driver_internal_info } as const;
    await api.stores.nodes.touch(uuid, state);
    const { json } = await get(`${uuid}/progress`);
    const { waits_for, deadline, deadlines, step, abort, without_deadline } = json as Record<string, unknown>;
    assert.equal(waits_for, "a heartbeat of the machine's agent");
    assert.equal(deadline, "2030-01-01T00:30:00.000Z");
    assert.deepEqual(deadlines, [
      { what: "wait", at: deadline, seconds: 1800, option: "[conductor]clean_callback_timeout" },
    ]);
    const started_at = driver_internal_info.step_started_at;
    const shown = { flow: "clean", interface: "deploy", step: "erase", number: 2, of: 2, started_at, abortable: false };
    assert.deepEqual(step, shown);
    assert.deepEqual(abort, { by_api: true, by_force: true });
    assert.equal(without_deadline, null);
  });

  it("show the conductor at work, and why no deadline runs", async () => {
    await api.stores.nodes.touch(uuid, { provision_state: "deploying" });
    await api.stores.nodes.reserve(uuid, alive);
    const working = (await get(`${uuid}/progress`)).json as Record<string, unknown>;
    assert.equal(working.waits_for, "conductor fake-host: node deployment");
    assert.match(String(working.without_deadline), /heartbeat_timeout/);
    assert.deepEqual(working.abort, { by_api: false, by_force: true });
    await api.stores.nodes.touch(uuid, { provision_state: "deploy hold", maintenance: true });
    const held = (await get(`${uuid}/progress`)).json as Record<string, unknown>;
    assert.deepEqual([held.deadline, held.deadlines], [null, []]);
    assert.match(String(held.without_deadline), /maintenance/);
  });

  it("hand a forced abort to the conductor that works on the node", async () => {
    await api.stores.nodes.touch(uuid, { conductor_group: "elsewhere" });
    await api.stores.nodes.reserve(uuid, alive);
    const { status, json } = await post(`${uuid}/abort`, { reason: "wrong rack" });
    assert.equal(status, 200);
    assert.equal((json as { node: string }).node, uuid);
    assert.deepEqual(api.conductor.lastCall()?.params, { node: uuid, reason: "wrong rack" });
  });
});
