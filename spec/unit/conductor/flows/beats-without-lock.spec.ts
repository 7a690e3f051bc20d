/** Heartbeats that change nothing are in nobody's way: they take no lock, however long the agent takes to answer. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";
import { agentOf, agentStep } from "../../../support/scripted-driver.ts";

describe("heartbeats of an agent at work", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  /** A node in clean wait whose agent has been given its first step. */
  async function atStep() {
    const uuid = await under.nodeIn("manageable", { deploy_interface: "scripted" });
    const agent = agentOf(uuid);
    agent.steps = [agentStep("erase", 99), agentStep("low", 5)];
    await under.call("doProvisioningAction", { node: uuid, action: "provide" });
    await under.until(uuid, "clean wait");
    const token = await under.lookup(uuid);
    agent.verdicts.push({ verdict: "ready" });
    await under.beat(uuid, token);
    await under.conductor.idle();
    assert.equal((await under.until(uuid, "clean wait")).clean_step.step, "erase");
    agent.atWork = async () => true;
    return { uuid, agent, token };
  }

  const addTrait = (node: string, place: number) =>
    under.call("addNodeTraits", { node, traits: [`CUSTOM_${place}`], replace: false });

  it("are recorded and begin the wait anew, without a lock taken", async () => {
    const { uuid, token } = await atStep();
    const before = await under.node(uuid);
    under.advance(100);
    await under.beat(uuid, token);
    await under.conductor.idle();
    const now = await under.node(uuid);
    assert.equal(now.lock_number, before.lock_number);
    const later = (field: string | null) => Date.parse(field ?? "");
    assert.ok(later(now.provision_updated_at) - later(before.provision_updated_at) >= 100_000);
    const { agent_last_heartbeat } = now.driver_internal_info;
    assert.ok(later(String(agent_last_heartbeat)) - later(before.provision_updated_at) >= 100_000);
    assert.deepEqual(now.clean_step, before.clean_step);
  });

  it("let clients update the node while the agent does not answer, and lose none of it", async () => {
    const { uuid, agent, token } = await atStep();
    let answer = (_: boolean) => {};
    const asked = new Promise<void>((resolve) => {
      agent.atWork = () => {
        resolve();
        return new Promise((answered) => {
          answer = answered;
        });
      };
    });
    under.advance(60);
    await under.beat(uuid, token);
    await asked;
    for (let place = 1; place <= 20; place++) await addTrait(uuid, place);
    answer(true);
    await under.conductor.idle();
    const node = await under.node(uuid);
    assert.deepEqual([node.traits.length, node.provision_state, node.reservation], [20, "clean wait", null]);
    assert.ok(Date.parse(node.provision_updated_at ?? "") > Date.now() + 50_000, "the wait began anew");
  });

  it("that come while the agent is being asked make it be asked again: they may tell the end", async () => {
    const { uuid, agent, token } = await atStep();
    let answer = (_: boolean) => {};
    let questions = 0;
    const asked = new Promise<void>((resolve) => {
      agent.atWork = () => {
        questions++;
        if (questions > 1) return Promise.resolve(false);
        resolve();
        return new Promise((answered) => {
          answer = answered;
        });
      };
    });
    await under.beat(uuid, token);
    await asked;
    agent.verdicts.push({ verdict: "finished" });
    for (let beats = 0; beats < 5; beats++) await under.beat(uuid, token);
    answer(true);
    await under.conductor.idle();
    assert.equal((await under.node(uuid)).clean_step.step, "low");
    assert.equal(questions, 2, "the newest of them asks, the others give way");
  });

  it("note why the agent could not be asked, for the message of the timeout", async () => {
    const { uuid, agent, token } = await atStep();
    agent.atWork = () => Promise.reject(new Error("no route to host"));
    await under.beat(uuid, token);
    await under.conductor.idle();
    const node = await under.node(uuid);
    assert.equal(node.provision_state, "clean wait");
    assert.equal(node.driver_internal_info.agent_trouble, "no route to host");
  });

  it("do not move a node that has moved on while the agent was asked", async () => {
    const { uuid, agent, token } = await atStep();
    let answer = (_: boolean) => {};
    const asked = new Promise<void>((resolve) => {
      agent.atWork = () => {
        resolve();
        return new Promise((answered) => {
          answer = answered;
        });
      };
    });
    await under.beat(uuid, token);
    await asked;
    await under.call("doProvisioningAction", { node: uuid, action: "abort" });
    const failed = await under.until(uuid, "clean failed");
    answer(true);
    await under.conductor.idle();
    assert.deepEqual(await under.node(uuid), failed);
  });
});
