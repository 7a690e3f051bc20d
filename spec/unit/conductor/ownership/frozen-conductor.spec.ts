/** SIGSTOP of a conductor for longer than the keep-alive timeout: thawed, it may neither act nor save, and counts again. */
import assert from "node:assert/strict";
import { ConductorFleet } from "../../../support/conductor-fleet.ts";
import { agentOf } from "../../../support/scripted-driver.ts";

const COUNT = 20;

describe("a conductor that is frozen and thaws", () => {
  let fleet: ConductorFleet;
  beforeEach(async () => {
    fleet = await ConductorFleet.start(["cond-1", "cond-2"]);
  });
  afterEach(() => fleet[Symbol.asyncDispose]());

  /** 20 nodes of cond-1 in the middle of `call`; `thaw` lets the calls go on. */
  async function deploying(call: string) {
    const available = () => fleet.nodeIn("available", { deploy_interface: "scripted" });
    const nodes = await fleet.nodesOf("cond-1", COUNT, available);
    let thaw = () => {};
    const thawed = new Promise<void>((resolve) => {
      thaw = resolve;
    });
    for (const node of nodes) agentOf(node).during[call] = () => thawed;
    await Promise.all(nodes.map((node) => fleet.call("doNodeDeploy", { node, rebuild: false })));
    await fleet.until(nodes, () => nodes.every((node) => agentOf(node).calls.includes(call)));
    return { nodes, thaw };
  }

  async function frozenIn(call: string) {
    const { nodes, thaw } = await deploying(call);
    await fleet.freeze("cond-1");
    await fleet.until(nodes, (node) => node.provision_state === "deploy failed" && node.reservation === null);
    const failed = await Promise.all(nodes.map((node) => fleet.node(node)));
    thaw();
    fleet.member("cond-1").gate.open();
    return { nodes, failed };
  }

  it("saves nothing over what its successor has saved", async () => {
    const { nodes, failed } = await frozenIn("deploy");
    await fleet.member("cond-1").service.idle();
    assert.deepEqual(await Promise.all(nodes.map((node) => fleet.node(node))), failed);
  });

  it("begins no further step and switches nothing on", async () => {
    const { nodes } = await frozenIn("prepare");
    await fleet.member("cond-1").service.idle();
    for (const node of nodes) {
      assert.equal(agentOf(node).calls.includes("deploy"), false);
      assert.equal((await fleet.node(node)).power_state, "power off");
    }
  });

  it("counts again with its next keep-alive, and serves its nodes again", async () => {
    const { nodes } = await frozenIn("deploy");
    await fleet.member("cond-1").service.pass("keepalive");
    const row = await fleet.stores.conductors.get("cond-1", 60);
    assert.deepEqual([row.alive, row.online], [true, true]);
    for (const node of nodes) {
      assert.equal(await fleet.ownerOf(node), "cond-1");
      agentOf(node).during = {};
      await fleet.call("doNodeDeploy", { node, rebuild: false });
    }
    await fleet.until(nodes, (node) => node.provision_state === "wait call-back");
  });

  it("counts again before it carries out a call that waited for it", async () => {
    await fleet.freeze("cond-1");
    const { uuid } = await fleet.stores.nodes.create({ uuid: crypto.randomUUID(), driver: "fake-hardware" });
    const setting = fleet.transport.call(
      "cond-1",
      "setMaintenance",
      { node: uuid, maintenance: true },
      { request_id: "r" },
    );
    assert.equal((await fleet.stores.conductors.get("cond-1", 60)).alive, false);
    fleet.member("cond-1").gate.open();
    await setting;
    assert.equal((await fleet.stores.conductors.get("cond-1", 60)).alive, true);
  });

  it("goes on with work that nobody took meanwhile", async () => {
    const { nodes, thaw } = await deploying("deploy");
    fleet.kill("cond-2");
    await fleet.freeze("cond-1");
    thaw();
    fleet.member("cond-1").gate.open();
    await fleet.member("cond-1").service.pass("keepalive");
    await fleet.until(nodes, (node) => node.provision_state === "wait call-back" && node.reservation === null);
  });

  it("registers again when it has been forgotten meanwhile", async () => {
    await fleet.freeze("cond-1", 1000);
    assert.deepEqual(await fleet.stores.conductors.removeStale(900), ["cond-1"]);
    fleet.member("cond-1").gate.open();
    await fleet.member("cond-1").service.pass("keepalive");
    const row = await fleet.stores.conductors.get("cond-1", 60);
    assert.deepEqual([row.alive, row.online, row.drivers], [true, true, ["fake-hardware"]]);
    assert.ok((await fleet.stores.conductors.interfaces()).some(({ hostname }) => hostname === "cond-1"));
  });
});
