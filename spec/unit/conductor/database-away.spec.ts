/** A database that is away for a moment costs no deployment: work in the background waits for it, requests do not. */
import assert from "node:assert/strict";
import { DatabaseUnavailable } from "../../../common/errors/database.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";
import { describeOn, SERVER_KINDS, startServer } from "../../support/database-servers.ts";
import { agentOf } from "../../support/scripted-driver.ts";
import type { DatabaseServer } from "../../support/server-process.ts";

const AWAY_MS = 1500;

for (const kind of SERVER_KINDS)
  describeOn(kind, "a conductor whose database is away", function () {
    this.timeout(60_000);
    let server: DatabaseServer;
    let under: ConductorUnderTest;
    before(async () => {
      server = await startServer(kind, { durable: true });
    });
    after(() => server[Symbol.asyncDispose]());
    afterEach(() => under[Symbol.asyncDispose]());

    const start = async (heartbeat_timeout: number) => {
      const database = { connection: await server.create() };
      const conductor = { heartbeat_timeout, heartbeat_interval: 1, recovery_interval: 1 };
      under = await conductorUnderTest({ database, conductor });
      return under.nodeIn("available", { deploy_interface: "scripted" });
    };
    /** Goes away while the driver prepares the machine. */
    const goesAway = async (ms: number) => {
      await server.kill();
      setTimeout(() => void server.restart(), ms);
    };
    const reached = async (uuid: string, state: string) => {
      for (;;) {
        const node = await under.node(uuid).catch(() => null);
        if (node?.provision_state === state && node.reservation === null) return node;
        assert.doesNotMatch(node?.provision_state === state ? "" : (node?.provision_state ?? ""), /failed/);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };

    it("goes on with a deployment when it is back", async () => {
      const node = await start(30);
      agentOf(node).during.prepare = () => goesAway(AWAY_MS);
      await under.call("doNodeDeploy", { node, rebuild: false });
      const { last_error } = await reached(node, "wait call-back");
      assert.equal(last_error, null);
      assert.deepEqual(agentOf(node).calls, ["prepare", "deploy"]);
    });

    it("refuses requests meanwhile at once", async () => {
      const node = await start(30);
      await server.kill();
      const began = performance.now();
      await assert.rejects(under.call("doNodeDeploy", { node, rebuild: false }), DatabaseUnavailable.matches);
      assert.ok(performance.now() - began < 5000);
      await server.restart();
    });

    it("fails the deployment, once it can be told, when it was away for longer than the lock may be counted on", async () => {
      const node = await start(1);
      agentOf(node).during.prepare = () => goesAway(4000);
      await under.call("doNodeDeploy", { node, rebuild: false });
      const { last_error } = await reached(node, "deploy failed");
      assert.match(String(last_error), /its conductor stopped|The database could not carry out/);
      assert.deepEqual(agentOf(node).calls.slice(0, 2), ["prepare", "cleanUp"]);
    });
  });
