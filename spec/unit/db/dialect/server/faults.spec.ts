/** A database server that dies, freezes, is slow or cut off: what was acknowledged is there, what was refused is not. */
import assert from "node:assert/strict";
import { type ConfigOverrides, defaultConfig } from "../../../../../common/config/config.ts";
import { DatabaseOutcomeUnknown, DatabaseUnavailable } from "../../../../../common/errors/database.ts";
import { silent } from "../../../../../common/log.ts";
import { openDatabase } from "../../../../../db/connect.ts";
import type { Database, NodeStore } from "../../../../../db/contract.ts";
import { describeOn, SERVER_KINDS, startServer } from "../../../../support/database-servers.ts";
import type { DatabaseServer } from "../../../../support/server-process.ts";
import { TcpProxy } from "../../../../support/tcp-proxy.ts";
import { TEST_SECRETS } from "../../../../support/test-secrets.ts";
import { lockRequest, newNode } from "../../support/databases.ts";
import { refusedWith } from "../../support/faults.ts";
import { holdRow } from "../../support/hold-row.ts";

interface Tally {
  readonly acknowledged: Set<string>;
  /** "Nothing was changed", they were told. */
  readonly refused: Set<string>;
  readonly unknown: Set<string>;
}

/** Creates nodes, 10 at a time, until `isOver`. @throws what is no 503 */
async function writeUntil(nodes: NodeStore, isOver: () => boolean): Promise<Tally> {
  const tally: Tally = { acknowledged: new Set(), refused: new Set(), unknown: new Set() };
  const one = async () => {
    while (!isOver()) {
      const node = newNode({ driver_info: { password: "p" } });
      try {
        await nodes.create(node);
        tally.acknowledged.add(node.uuid);
      } catch (error) {
        if (DatabaseUnavailable.matches(error)) tally.refused.add(node.uuid);
        else if (DatabaseOutcomeUnknown.matches(error)) tally.unknown.add(node.uuid);
        else throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  await Promise.all(Array.from({ length: 10 }, one));
  return tally;
}

async function assertTrue(nodes: NodeStore, { acknowledged, refused, unknown }: Tally): Promise<void> {
  const stored = new Set((await nodes.list({ fields: [] })).map((node) => node.uuid));
  for (const uuid of acknowledged) assert.ok(stored.has(uuid), `${uuid} was acknowledged and is lost`);
  for (const uuid of refused) assert.ok(!stored.has(uuid), `${uuid} was refused and is there`);
  assert.ok(stored.size <= acknowledged.size + unknown.size);
}

async function eventually(work: () => Promise<unknown>, ms: number): Promise<number> {
  const start = performance.now();
  for (;;) {
    try {
      await work();
      return performance.now() - start;
    } catch (error) {
      if (!DatabaseUnavailable.matches(error) || performance.now() - start > ms) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function eventuallyTrue(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}

for (const kind of SERVER_KINDS)
  describeOn(kind, "a database server in trouble", function () {
    this.timeout(120_000);
    let server: DatabaseServer;
    const opened: AsyncDisposable[] = [];
    before(async () => {
      server = await startServer(kind, { durable: true });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach(async () => {
      for (const one of opened.splice(0).reverse()) await one[Symbol.asyncDispose]();
    });

    async function open(overrides: ConfigOverrides["database"] = {}, connection?: string): Promise<Database> {
      const database = { connection: connection ?? (await server.create()), ...overrides };
      const result = await openDatabase(defaultConfig({ secrets: TEST_SECRETS, database }), silent);
      opened.push(result);
      return result;
    }

    async function proxied(overrides: ConfigOverrides["database"] = {}) {
      const url = new URL(await server.create());
      const proxy = await TcpProxy.before(Number(url.port));
      opened.push(proxy);
      url.port = String(proxy.port);
      return { proxy, database: await open(overrides, url.href) };
    }

    it("loses no acknowledged write when it is killed in the middle of them, twice, and is used again by itself", async () => {
      const { nodes } = (await open()).stores;
      let isOver = false;
      const writing = writeUntil(nodes, () => isOver);
      for (let kills = 0; kills < 2; kills += 1) {
        await new Promise((resolve) => setTimeout(resolve, 1500));
        await server.kill();
        await refusedWith(nodes.list(), DatabaseUnavailable);
        await server.restart();
        const back = await eventually(() => nodes.count(), 5000);
        assert.ok(back < 2000, `used again after ${back} ms`);
      }
      isOver = true;
      const tally = await writing;
      assert.ok(tally.acknowledged.size > 20 && tally.refused.size > 0, JSON.stringify([...tally.acknowledged].length));
      await assertTrue(nodes, tally);
    });

    it("answers within the limit while it is frozen, and is used again when it thaws", async () => {
      const { nodes } = (await open({ statement_timeout: 1 })).stores;
      let isOver = false;
      const writing = writeUntil(nodes, () => isOver);
      await new Promise((resolve) => setTimeout(resolve, 500));
      server.freeze();
      try {
        const start = performance.now();
        await Promise.all(Array.from({ length: 60 }, () => refusedWith(nodes.list(), DatabaseUnavailable)));
        assert.ok(
          performance.now() - start < 15_000,
          "a connection has 5 s to be made, a statement 2, however many wait",
        );
        isOver = true;
      } finally {
        server.thaw();
      }
      const tally = await writing;
      await eventually(() => nodes.count(), 5000);
      assert.ok(tally.refused.size + tally.unknown.size > 0);
      await assertTrue(nodes, tally);
    });

    it("tells a commit without an answer as of unknown outcome, done or not, and never does it twice", async () => {
      const { proxy, database } = await proxied();
      const { nodes } = database.stores;
      for (const decision of ["pass and cut", "cut"] as const) {
        const node = newNode();
        const ends = (chunk: Buffer) => /commit/i.test(chunk.toString("latin1"));
        proxy.decide = (chunk) => (ends(chunk) ? decision : "pass");
        await refusedWith(nodes.create(node), DatabaseOutcomeUnknown, "may or may not");
        proxy.decide = () => "pass";
        await eventually(() => nodes.count(), 5000);
        assert.equal((await nodes.find(node.uuid)) !== null, decision === "pass and cut");
      }
    });

    it("tells the same of a change that is one statement, without a transaction around it", async () => {
      const { proxy, database } = await proxied();
      const { nodes } = database.stores;
      const { uuid } = await nodes.create(newNode());
      const { ticket } = await nodes.reserve(uuid, lockRequest());
      proxy.decide = (chunk) => (/update/i.test(chunk.toString("latin1")) ? "pass and cut" : "pass");
      await refusedWith(nodes.release(ticket), DatabaseOutcomeUnknown, "may or may not");
      proxy.decide = () => "pass";
      // Done or not: releasing again makes it so.
      await eventually(() => nodes.release(ticket), 5000);
      assert.equal((await nodes.get(uuid)).reservation, null);
    });

    it("does again, once, what was cut off before its commit", async () => {
      const { proxy, database } = await proxied();
      const { nodes } = database.stores;
      const node = await nodes.create(newNode());
      let cuts = 0;
      proxy.decide = (chunk) => {
        if (cuts > 0 || !/commit|begin|start/i.test(chunk.toString("latin1"))) return "pass";
        cuts += 1;
        return "cut";
      };
      await nodes.updateUnlocked(node.uuid, { name: "n" });
      assert.equal(cuts, 1);
      assert.equal((await nodes.get(node.uuid)).name, "n");
    });

    it("lets no request wait for a connection longer than pool_timeout", async () => {
      const connection = await server.create();
      const { nodes } = (await open({ max_pool_size: 1, max_overflow: 0, pool_timeout: 1 }, connection)).stores;
      const { uuid } = await nodes.create(newNode());
      const other = await open({}, connection);
      await using held = await holdRow(kind, connection, uuid);
      const blocked = nodes.updateUnlocked(uuid, { name: "late" });
      await refusedWith(nodes.count(), DatabaseUnavailable, "no connection became free within 1 s");
      await other.stores.nodes.get(uuid);
      await held[Symbol.asyncDispose]();
      assert.equal((await blocked).name, "late");
    });

    it("takes a row from a process that fell silent in the middle of its unit", async () => {
      const url = new URL(await server.create());
      const { nodes } = (await open({}, url.href)).stores;
      const { uuid } = await nodes.create(newNode());
      const proxy = await TcpProxy.before(Number(url.port));
      opened.push(proxy);
      url.port = String(proxy.port);
      const silent = await open({}, url.href);
      proxy.decide = (chunk) => {
        if (/commit/i.test(chunk.toString("latin1"))) proxy.delayMs = 20_000;
        return "pass";
      };
      const stalled = silent.stores.nodes.updateUnlocked(uuid, { name: "stalled" }).catch(() => null);
      await eventuallyTrue(() => proxy.delayMs > 0);
      const start = performance.now();
      assert.equal((await nodes.updateUnlocked(uuid, { name: "next" })).name, "next");
      assert.ok(performance.now() - start < 10_000, "the silent one is cut off after 4 s");
      proxy.delayMs = 0;
      await proxy[Symbol.asyncDispose]();
      await stalled;
    });

    it("works on over a line of 100 ms", async () => {
      const { proxy, database } = await proxied();
      proxy.delayMs = 50;
      const { nodes } = database.stores;
      const node = newNode();
      await Promise.all([nodes.create(node), nodes.create(newNode()), nodes.list()]);
      assert.equal((await nodes.get(node.uuid)).uuid, node.uuid);
    });
  });
