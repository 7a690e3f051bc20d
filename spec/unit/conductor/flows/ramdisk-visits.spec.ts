/** Flows that visit the ramdisk and leave the disk alone: service, rescue, inspection. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";
import { agentOf, agentStep, asked } from "../../../support/scripted-driver.ts";

describe("visits to the ramdisk", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const scripted = { deploy_interface: "scripted" };

  async function beatAndSettle(uuid: string, token: string): Promise<void> {
    await under.beat(uuid, token);
    await under.conductor.idle();
  }

  it("services in the ramdisk and brings the node back to active; an abort does so too", async () => {
    const uuid = await under.nodeIn("active", scripted);
    const agent = agentOf(uuid);
    agent.steps = [agentStep("burn", 0)];
    const start = async () => {
      await under.call("doNodeService", { node: uuid, service_steps: [asked("burn")] });
      await under.until(uuid, "service wait");
      agent.verdicts.push({ verdict: "ready" });
      await beatAndSettle(uuid, await under.lookup(uuid));
      return (await under.until(uuid, "service wait")).driver_internal_info.agent_secret_token;
    };
    const token = await start();
    agent.verdicts.push({ verdict: "finished" });
    await beatAndSettle(uuid, String(token));
    assert.deepEqual((await under.until(uuid, "active")).service_step, {});
    await start();
    await under.call("doProvisioningAction", { node: uuid, action: "abort" });
    const aborted = await under.until(uuid, "active");
    assert.match(aborted.last_error ?? "", /service step deploy\.burn \(1 of 1\) was aborted/i);
    assert.deepEqual(under.path(uuid).slice(-2), ["service wait -> service failed", "service failed -> active"]);
  });

  it("hands the password to the agent of a machine to be rescued", async () => {
    const uuid = await under.nodeIn("active", scripted, { "rescue.rescue": { wait: true } });
    await under.call("doNodeRescue", { node: uuid, rescue_password: "p" });
    await under.until(uuid, "rescue wait");
    agentOf(uuid).verdicts.push({ verdict: "ready" });
    await beatAndSettle(uuid, await under.lookup(uuid));
    const rescued = await under.until(uuid, "rescue");
    assert.equal(rescued.driver_internal_info.agent_secret_token, undefined);
  });

  it("takes inspection data in inspect wait only, and keeps it", async () => {
    const uuid = await under.nodeIn("manageable", scripted, { "inspect.inspect": { wait: true } });
    const data = { node: uuid, inventory: { cpu: { count: 4 } }, plugin_data: { error: null } };
    await assert.rejects(under.call("continueInspection", data), { code: 404 });
    await under.call("doProvisioningAction", { node: uuid, action: "inspect" });
    const waiting = await under.until(uuid, "inspect wait");
    assert.notEqual(waiting.inspection_started_at, null);
    await under.call("continueInspection", data);
    const done = await under.until(uuid, "manageable");
    assert.equal(done.inspection_started_at, null);
    assert.deepEqual((await under.stores.inventory.get(uuid))?.inventory, data.inventory);
  });
});
