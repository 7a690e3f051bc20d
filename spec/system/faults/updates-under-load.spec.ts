/**
 * 1,000 updates of one client while power is synchronized, agents call and machines are deployed: none is refused for a
 * lock where nothing exclusive runs. Nobody waits for a lock here, so that each lock taken in vain would show.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FerricProcess, pause } from "../../support/ferric-process.ts";
import { IronicApi } from "../../support/ironic-api.ts";
import { ResultsTable } from "../../support/results-table.ts";
import { type MockAgent, startMockAgent } from "../../unit/drivers/agent/support/mock-agent.ts";

const UPDATES = 1000;
const RESTING = 12;
const CLEANING = 4;
const DEPLOYING = 4;
/** How long an agent takes to tell what it is at, and a BMC to tell its power state. */
const SLOW_SECONDS = 0.3;

const SETTINGS = {
  conductor: { node_locked_retry_attempts: 1, sync_power_state_interval: 1, automated_clean: true },
  agent: { require_tls: false },
};
const ERASE = { step: "erase", priority: 10, interface: "deploy", reboot_requested: false, abortable: true };

describe("updates during power sync, heartbeats and deploys [short]", function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), "ferric-updates-"));
  const ends: (() => Promise<void>)[] = [];
  let ferric: FerricProcess;
  let api: IronicApi;
  let busy = true;
  const work: Promise<void>[] = [];

  before(async () => {
    ferric = await FerricProcess.create({ folder, settings: SETTINGS });
    await ferric.start();
    api = new IronicApi(ferric.url);
  });
  after(async () => {
    busy = false;
    await Promise.allSettled(work);
    for (const end of ends) await end();
    await ferric.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  async function node(values: Record<string, unknown> = {}, script: Record<string, unknown> = {}): Promise<string> {
    const fake_script = { "power.get": { delay: SLOW_SECONDS }, ...script };
    const driver_info = { fake_script, ...((values.driver_info as object) ?? {}) };
    const made = await api.must("POST", "/v1/nodes", { driver: "fake-hardware", ...values, driver_info });
    const uuid = String(made.uuid);
    await api.provision(uuid, "manage");
    await api.until(uuid, ["manageable"]);
    return uuid;
  }

  /** In clean wait, with an agent that is at its step for ever, slow to tell so, and calls 20 times a second. */
  async function cleaningNode(): Promise<{ uuid: string; agent: MockAgent; beats: () => number }> {
    const agent = await startMockAgent({
      "clean.get_clean_steps": {
        result: { clean_steps: { Manager: [ERASE] }, hardware_manager_version: { Manager: "1" } },
      },
      "clean.execute_clean_step": { status: "RUNNING" },
    });
    ends.push(async () => await agent[Symbol.asyncDispose]());
    const driver_info = { deploy_kernel: "file:///none/kernel", deploy_ramdisk: "file:///none/ramdisk" };
    const uuid = await node({ deploy_interface: "direct", driver_info });
    await api.provision(uuid, "provide");
    await api.until(uuid, ["clean wait"]);
    const found = await api.must("GET", `/v1/lookup?node_uuid=${uuid}`);
    const token = (found.config as { agent_token: string }).agent_token;
    const beat = { callback_url: agent.url, agent_token: token, agent_version: "1.0" };
    let beats = 0;
    const call = async () => {
      const { status } = await api.send("POST", `/v1/heartbeat/${uuid}`, beat);
      assert.equal(status, 202);
      beats++;
    };
    await call();
    for (const limit = Date.now() + 30_000; agent.commands.at(-1)?.command_name !== "execute_clean_step"; ) {
      assert.ok(Date.now() < limit, "the agent was given no step");
      await pause(50);
    }
    await api.until(uuid, ["clean wait"]);
    const answerLate: MockAgent["fault"] = (request, response) => {
      if (request.method !== "GET") return false;
      setTimeout(() => response.end(JSON.stringify({ commands: agent.commands })), SLOW_SECONDS * 1000);
      return true;
    };
    agent.fault = answerLate;
    work.push(keepOn(() => call().then(() => pause(50))));
    return { uuid, agent, beats: () => beats };
  }

  async function keepOn(one: () => Promise<unknown>): Promise<void> {
    while (busy) await one();
  }

  async function deployAgainAndAgain(uuid: string, tell: () => void): Promise<void> {
    await api.provision(uuid, "active");
    await api.until(uuid, ["active"]);
    await api.provision(uuid, "deleted");
    await api.until(uuid, ["available"]);
    tell();
  }

  it("are all carried out", async () => {
    const resting = await Promise.all(Array.from({ length: RESTING }, () => node()));
    const cleaning = await Promise.all(Array.from({ length: CLEANING }, () => cleaningNode()));
    const silent = await node();
    await api.patch(silent, { "/driver_info/fake_script": { "power.get": { fail: "the BMC is gone" } } });
    let deploys = 0;
    for (let count = 0; count < DEPLOYING; count++) {
      const uuid = await node({}, { "deploy.deploy": { delay: 0.2 } });
      await api.provision(uuid, "provide");
      await api.until(uuid, ["available"]);
      work.push(keepOn(() => deployAgainAndAgain(uuid, () => deploys++)));
    }

    const started = Date.now();
    const statuses = new Map<number, number>();
    let sent = 0;
    const client = async (update: (place: number) => Promise<{ status: number }>) => {
      while (sent < UPDATES) {
        const { status } = await update(sent++);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    };
    const ofResting = (uuid: string) => (place: number) =>
      api.send("PATCH", `/v1/nodes/${uuid}`, [{ op: "add", path: `/extra/update_${place}`, value: place }]);
    const ofCleaning = (uuid: string) => (place: number) =>
      place % 2 === 0
        ? api.send("PUT", `/v1/nodes/${uuid}/traits/CUSTOM_T${place % 40}`)
        : api.send("PUT", `/v1/nodes/${uuid}/management/boot_device`, { boot_device: "pxe", persistent: false });
    await Promise.all([
      ...resting.map((uuid) => client(ofResting(uuid))),
      ...cleaning.map(({ uuid }) => client(ofCleaning(uuid))),
    ]);
    const seconds = (Date.now() - started) / 1000;

    const kept = await Promise.all(resting.map(async (uuid) => Object.keys((await api.node(uuid)).extra as object)));
    const beats = cleaning.reduce((sum, one) => sum + one.beats(), 0);
    const table = new ResultsTable("updates-under-load", "1,000 updates during power sync, heartbeats and deploys", [
      ...["updates", "answers by status", "seconds", "heartbeats meanwhile", "deploys meanwhile"],
    ]);
    const shown = JSON.stringify(Object.fromEntries(statuses)).replace(/["{}]/g, "");
    table.add(String(UPDATES), shown, seconds, String(beats), String(deploys));
    table.write();
    assert.equal(statuses.get(409) ?? 0, 0, shown);
    assert.deepEqual(
      [...statuses.keys()].filter((status) => status >= 300),
      [],
      shown,
    );
    const patches = kept.flat();
    assert.equal(new Set(patches).size, patches.length);
    assert.ok(patches.length > UPDATES / 4, `${patches.length} patches kept`);
    for (const { uuid } of cleaning) assert.equal((await api.node(uuid)).provision_state, "clean wait");
    assert.ok(beats >= 40 && deploys >= 2, `${beats} heartbeats, ${deploys} deploys`);
    for (const limit = Date.now() + 30_000; (await api.node(silent)).fault !== "power failure"; await pause(100))
      assert.ok(Date.now() < limit, "power sync does not run");
  });
});
