/** Texts kept of nodes are never shown once the node has changed, whatever changed it. */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { TextKeeper } from "../../api/engine/kept-text.ts";
import type { Projection, View } from "../../api/engine/resource.ts";
import { type ApiUnderTest, apiUnderTest } from "../support/api-under-test.ts";
import { FAKE_HOST } from "../support/fake-conductor.ts";

type Shown = Readonly<Record<string, unknown>>;

async function one(api: ApiUnderTest, uuid: string): Promise<Shown> {
  return (await api.send("GET", `/v1/nodes/${uuid}`)).json as Shown;
}

async function list(api: ApiUnderTest, query: string): Promise<readonly Shown[]> {
  return ((await api.send("GET", `/v1/nodes${query}`)).json as { nodes: Shown[] }).nodes;
}

const request = { host: FAKE_HOST, bootId: "fake-boot", purpose: "test" };

/** Every way a node's record changes, on the stores themselves, which other processes use as well. */
const WRITES: Readonly<Record<string, (api: ApiUnderTest, uuid: string) => Promise<unknown>>> = {
  patch: (api, uuid) =>
    api.send("PATCH", `/v1/nodes/${uuid}`, { body: [{ op: "add", path: "/extra/n", value: Math.random() }] }),
  "save under the lock": async ({ stores }, uuid) => {
    const { ticket } = await stores.nodes.reserve(uuid, request);
    await stores.nodes.save(ticket, { provision_state: "available" });
    await stores.nodes.save(ticket, { provision_state: "enroll", last_error: randomUUID() });
    await stores.nodes.release(ticket);
  },
  traits: ({ stores }, uuid) =>
    stores.nodes.updateUnlocked(uuid, { traits: [`CUSTOM_${Math.floor(Math.random() * 1e6)}`] }),
  touch: ({ stores }, uuid) =>
    stores.nodes.touch(uuid, { power_state: Math.random() < 0.5 ? "power on" : "power off" }),
  secret: ({ stores }, uuid) => stores.nodes.updateUnlocked(uuid, { driver_info: { fake_password: randomUUID() } }),
};

describe("texts kept of nodes", () => {
  let api: ApiUnderTest;
  const make = async () =>
    ((await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } })).json as { uuid: string }).uuid;
  beforeEach(async () => {
    api = await apiUnderTest();
  });
  afterEach(async () => api[Symbol.asyncDispose]());

  it("show a lock as soon as it is taken and no longer than it is held", async () => {
    const uuid = await make();
    assert.equal((await one(api, uuid)).reservation, null);
    const { ticket } = await api.stores.nodes.reserve(uuid, request);
    assert.equal((await one(api, uuid)).reservation, FAKE_HOST);
    await api.stores.nodes.release(ticket);
    assert.equal((await one(api, uuid)).reservation, null);
  });

  it("follow a chassis that changes its UUID, which the database does by itself", async () => {
    const before = randomUUID();
    const after = randomUUID();
    await api.send("POST", "/v1/chassis", { body: { uuid: before } });
    const uuid = await make();
    await api.stores.nodes.updateUnlocked(uuid, { chassis_uuid: before });
    assert.equal((await one(api, uuid)).chassis_uuid, before);
    await api.stores.chassis.update(before, { uuid: after });
    assert.equal((await one(api, uuid)).chassis_uuid, after);
  });

  it("name the conductor that serves the node now", async () => {
    const uuid = await make();
    assert.equal((await one(api, uuid)).conductor, FAKE_HOST);
    await api.conductor.leave();
    const until = Date.now() + 20_000;
    while ((await one(api, uuid)).conductor !== null && Date.now() < until)
      await new Promise((ok) => setTimeout(ok, 50));
    assert.equal((await one(api, uuid)).conductor, null);
  });

  it("are of the new node when one is deleted and made again under its UUID", async () => {
    const uuid = await make();
    await one(api, uuid);
    await api.send("DELETE", `/v1/nodes/${uuid}`);
    assert.equal((await api.send("GET", `/v1/nodes/${uuid}`)).status, 404);
    await api.send("POST", "/v1/nodes", { body: { driver: "fake-hardware", uuid, name: "again" } });
    assert.equal((await one(api, uuid)).name, "again");
  });

  it("have the links of the address that was asked", async () => {
    const uuid = await make();
    const [own] = (await one(api, uuid)).links as { href: string }[];
    assert.ok(own?.href.startsWith(api.url));
    const other = api.url.replace("127.0.0.1", "localhost");
    const answer = (await (await fetch(`${other}/v1/nodes/${uuid}`)).json()) as { links: { href: string }[] };
    assert.ok(answer.links[0]?.href.startsWith(other));
  });

  it("are what a fresh rendering gives, after any writes in any order", async () => {
    const uuids = [await make(), await make(), await make()];
    const write = fc.tuple(fc.constantFrom(...Object.keys(WRITES)), fc.nat({ max: uuids.length - 1 }));
    const check = async (writes: readonly (readonly [string, number])[]) => {
      for (const [name, at] of writes) {
        const uuid = uuids[at] ?? "";
        await WRITES[name]?.(api, uuid);
        // A list of one conductor's nodes is rendered anew each time.
        const fresh = await list(api, `/detail?conductor=${FAKE_HOST}`);
        assert.deepEqual(await list(api, "/detail"), fresh, name);
        assert.deepEqual(
          await one(api, uuid),
          fresh.find((node) => node.uuid === uuid),
          name,
        );
        const states = fresh.map(({ power_state }) => power_state);
        assert.deepEqual(
          (await list(api, "?fields=power_state,uuid")).map(({ power_state }) => power_state),
          states,
          name,
        );
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 8 }), check), { numRuns: 15, seed: 7 });
  });

  it("are seen to change when another process writes to the same file", async () => {
    const state = mkdtempSync(join(tmpdir(), "ferric-kept-"));
    try {
      const connection = `sqlite:///${join(state, "shared.sqlite")}`;
      await using first = await apiUnderTest({ database: { connection } });
      await using second = await apiUnderTest({ database: { connection } });
      const { json } = await first.send("POST", "/v1/nodes", { body: { driver: "fake-hardware" } });
      const { uuid } = json as { uuid: string };
      for (let round = 0; round < 20; round += 1) {
        await one(first, uuid);
        await second.stores.nodes.updateUnlocked(uuid, { description: `round ${round}` });
        assert.equal((await one(first, uuid)).description, `round ${round}`);
      }
    } finally {
      rmSync(state, { recursive: true, force: true });
    }
  });
});

describe("room for kept texts", () => {
  const view: View = { minor: 1, base: "http://a", hiding: null, conductors: {}, conductorOf: () => null };
  const projectionOf = (number: number): Projection<{ id: number; uuid: string }> => ({
    number,
    columns: null,
    hidden: null,
    render: ({ uuid }) => ({ uuid, filling: "x".repeat(800) }),
  });
  const record = (id: number) => ({ id, uuid: `uuid-${id}` });

  it("is never more than was given, and goes to what is asked for now", () => {
    const keeper = new TextKeeper(50_000);
    for (let number = 0; number < 300; number += 1) {
      const shelf = keeper.keeperOf(projectionOf(number), view);
      for (let id = 0; id < 20; id += 1) shelf.keep(record(id), 1);
      assert.ok(keeper.bytes <= 50_000, `${keeper.bytes}`);
      assert.ok(shelf.known(0, 1));
    }
  });

  it("is freed of nodes that are gone", () => {
    const keeper = new TextKeeper(50_000);
    const shelf = keeper.keeperOf(projectionOf(1), view);
    for (let id = 0; id < 1000; id += 1) shelf.keep(record(id), 1);
    assert.ok(keeper.bytes <= 50_000);
    for (let id = 2000; id < 2010; id += 1) shelf.keep(record(id), 1);
    const again = keeper.keeperOf(projectionOf(1), view);
    assert.ok([...Array(1000).keys()].some((id) => again.known(id + 900, 1) !== undefined));
  });

  it("is given up when the conductors change", () => {
    const keeper = new TextKeeper(50_000);
    keeper.keeperOf(projectionOf(1), view).keep(record(1), 1);
    const later = keeper.keeperOf(projectionOf(1), { ...view, conductors: {} });
    assert.equal(later.known(1, 1), undefined);
    assert.equal(keeper.bytes, 0);
  });
});
