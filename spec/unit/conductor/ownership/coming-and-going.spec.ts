/** Conductors that leave in good order, join, come back, or change their name, with nodes in every kind of state. */
import assert from "node:assert/strict";
import { ConductorFleet } from "../../../support/conductor-fleet.ts";
import { agentOf, agentStep } from "../../../support/scripted-driver.ts";

const COUNT = 20;
const scripted = { deploy_interface: "scripted" };

describe("conductors that come and go", () => {
  let fleet: ConductorFleet;
  beforeEach(async () => {
    fleet = await ConductorFleet.start(["cond-1", "cond-2"]);
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  const available = () => fleet.nodeIn("available", scripted);
  const deploy = (node: string) => fleet.call("doNodeDeploy", { node, rebuild: false });

  async function waiting(host: string, count = COUNT): Promise<readonly string[]> {
    const nodes = await fleet.nodesOf(host, count, available);
    await Promise.all(nodes.map(deploy));
    await fleet.until(nodes, (node) => node.provision_state === "wait call-back" && node.reservation === null);
    return nodes;
  }

  /** The agent of each calls in, and the deploy goes on to its end wherever the node is now. */
  async function finish(nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map(callIn));
    await fleet.until(nodes, (node) => node.provision_state === "active");
    for (const node of nodes) {
      const writes = agentOf(node).calls.filter((call) => call === "start write");
      assert.deepEqual(writes, ["start write"]);
    }
  }

  async function callIn(node: string): Promise<void> {
    const agent = agentOf(node);
    agent.steps = [agentStep("write", 80)];
    agent.verdicts.push({ verdict: "ready" }, { verdict: "finished" });
    const { agent_token } = await fleet.call("lookupNode", { node, address: "127.0.0.1" });
    const beat = { node, callback_url: "http://127.0.0.1:9999", agent_token, agent_version: "1.0" };
    await fleet.call("heartbeat", beat);
    await fleet.until([node], ({ reservation }) => agent.calls.includes("start write") && reservation === null);
    await fleet.call("heartbeat", beat);
  }

  describe("one that leaves", () => {
    it("gets no new work while its own ends, and its waiting nodes go on with the other", async () => {
      const parked = await waiting("cond-1");
      const running = await fleet.nodesOf("cond-1", COUNT, available);
      let go = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      for (const node of running) agentOf(node).during.deploy = () => gate;
      await Promise.all(running.map(deploy));
      const left = fleet.member("cond-1").service[Symbol.asyncDispose]();
      await fleet.until(parked, (node) => node.conductor_affinity === "cond-2");
      const row = await fleet.stores.conductors.get("cond-1", 60);
      assert.deepEqual([row.online, row.alive], [false, true], "it holds its nodes, off the ring");
      for (const node of running) assert.equal((await fleet.node(node)).reservation, "cond-1");
      for (const node of running) assert.equal(await fleet.ownerOf(node), "cond-2");
      go();
      await left;
      await fleet.until(running, (node) => node.provision_state === "wait call-back");
      await fleet.until(running, (node) => node.conductor_affinity === "cond-2");
      await finish([...parked, ...running]);
    }).timeout(60_000);

    it("still answers calls that were on their way", async () => {
      const [node = ""] = await fleet.nodesOf("cond-1", 1, available);
      const left = fleet.member("cond-1").service[Symbol.asyncDispose]();
      while ((await fleet.stores.conductors.get("cond-1", 60)).online) await new Promise(setImmediate);
      await fleet.transport.call("cond-1", "doNodeDeploy", { node, rebuild: false }, { request_id: "r" });
      await left;
      await fleet.until([node], (record) => record.provision_state === "wait call-back");
      await fleet.until([node], (record) => record.conductor_affinity === "cond-2");
    });

    it("puts work that does not end in time into its fail state", async () => {
      const nodes = await fleet.nodesOf("cond-1", COUNT, available);
      for (const node of nodes) agentOf(node).during.deploy = () => new Promise(() => {});
      await Promise.all(nodes.map(deploy));
      await fleet.member("cond-1").service[Symbol.asyncDispose]();
      await fleet.until(nodes, (node) => node.provision_state === "deploy failed" && node.reservation === null);
      for (const node of nodes) agentOf(node).during = {};
      await Promise.all(nodes.map(deploy));
      await fleet.until(nodes, (node) => node.provision_state === "wait call-back");
    }).timeout(30_000);
  });

  describe("one that joins", () => {
    it("takes over its share of the waiting nodes; what somebody works on stays until it is done", async () => {
      const parked = [...(await waiting("cond-1")), ...(await waiting("cond-2"))];
      const running = await fleet.nodesOf("cond-1", COUNT, available);
      let go = () => {};
      const gate = new Promise<void>((resolve) => {
        go = resolve;
      });
      for (const node of running) agentOf(node).during.deploy = () => gate;
      await Promise.all(running.map(deploy));
      await fleet.join("cond-3");
      const moved = await owned("cond-3", parked);
      assert.ok(moved.length > 0 && moved.length < parked.length, `${moved.length} of ${parked.length} move`);
      await fleet.until(moved, (node) => node.conductor_affinity === "cond-3");
      for (const node of parked) {
        const calls = agentOf(node).calls.filter((call) => call === "takeOver");
        assert.equal(calls.length, moved.includes(node) ? 1 : 0, "only what moves is prepared anew");
      }
      for (const node of running) assert.equal((await fleet.node(node)).reservation, "cond-1");
      go();
      await fleet.until(running, (node) => node.provision_state === "wait call-back" && node.reservation === null);
      const movedLater = await owned("cond-3", running);
      await fleet.until(movedLater, (node) => node.conductor_affinity === "cond-3");
      await finish([...parked, ...running]);
    }).timeout(60_000);

    async function owned(host: string, nodes: readonly string[]): Promise<readonly string[]> {
      const owners = await Promise.all(nodes.map(async (node) => ({ node, owner: await fleet.ownerOf(node) })));
      return owners.filter(({ owner }) => owner === host).map(({ node }) => node);
    }
  });

  it("one that is killed and comes back under its name finds its nodes freed at its start, long before the timeout", async () => {
    const parked = await waiting("cond-1");
    const running = await fleet.nodesOf("cond-1", COUNT, available);
    for (const node of running) agentOf(node).during.deploy = () => new Promise(() => {});
    await Promise.all(running.map(deploy));
    fleet.kill("cond-1");
    await fleet.join("cond-1");
    await fleet.until(running, (node) => node.provision_state === "deploy failed" && node.reservation === null);
    await finish(parked);
  }).timeout(60_000);

  it("one that comes back under another name is a new one, and the old one is forgotten in time", async () => {
    const parked = await waiting("cond-1");
    fleet.kill("cond-1");
    await fleet.age("cond-1", 700_000);
    await fleet.join("cond-9");
    await fleet.until(parked, (node) => node.conductor_affinity !== "cond-1");
    await finish(parked);
    await fleet.member("cond-2").service.pass("stale conductors");
    const rows = await fleet.stores.conductors.list(60);
    assert.deepEqual(
      rows.map(({ hostname }) => hostname),
      ["cond-2", "cond-9"],
    );
  }).timeout(60_000);

  it("one whose name another process takes ends, and says why", async () => {
    const old = fleet.member("cond-1").service;
    await fleet.join("cond-1");
    assert.equal(old.replaced.aborted, false);
    await old.pass("keepalive");
    assert.match(String(old.replaced.reason), /another process has registered as conductor "cond-1".*\[DEFAULT\]host/);
    assert.equal(fleet.member("cond-1").service.replaced.aborted, false);
  });

  it("takes a node over whose group changes, with its console", async () => {
    await fleet.join("cond-east", { conductor: { conductor_group: "east" } });
    const [node = ""] = await waiting("cond-1", 1);
    await fleet.stores.nodes.updateUnlocked(node, { conductor_group: "east", console_enabled: true });
    await fleet.member("cond-east").service.pass("takeover");
    const record = await fleet.node(node);
    assert.deepEqual([record.conductor_affinity, record.console_enabled], ["cond-east", true]);
    assert.deepEqual(
      agentOf(node).calls.filter((call) => call === "takeOver"),
      ["takeOver"],
    );
    await finish([node]);
  });
});
