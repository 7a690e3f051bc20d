/** Flows driven by heartbeats: what each verdict of the agent does to the node, and that no beat that matters is lost. */
import assert from "node:assert/strict";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";
import { agentOf, agentStep, asked } from "../../../support/scripted-driver.ts";

describe("in-band flows", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const scripted = { deploy_interface: "scripted" };

  async function inCleanWait(steps = [agentStep("erase", 99), agentStep("low", 5)]) {
    const uuid = await under.nodeIn("manageable", scripted);
    agentOf(uuid).steps = steps;
    await under.call("doProvisioningAction", { node: uuid, action: "provide" });
    await under.until(uuid, "clean wait");
    return { uuid, agent: agentOf(uuid), token: await under.lookup(uuid) };
  }

  async function beatAndSettle(uuid: string, token: string): Promise<void> {
    await under.beat(uuid, token);
    await under.conductor.idle();
  }

  it("cleans automatically: fetches the agent's steps, runs them by priority, powers off", async () => {
    const { uuid, agent, token } = await inCleanWait([
      agentStep("low", 5),
      agentStep("off", 0),
      agentStep("erase", 99),
    ]);
    agent.verdicts.push({ verdict: "ready" }, { verdict: "finished" }, { verdict: "finished" });
    await beatAndSettle(uuid, token);
    const first = await under.until(uuid, "clean wait");
    assert.deepEqual(first.clean_step, { ...agentStep("erase", 99), requires_ramdisk: true });
    assert.equal(first.power_state, "power on");
    await beatAndSettle(uuid, token);
    assert.equal((await under.until(uuid, "clean wait")).clean_step.step, "low");
    await beatAndSettle(uuid, token);
    const done = await under.until(uuid, "available");
    assert.equal(done.power_state, "power off");
    assert.deepEqual(done.clean_step, {});
    assert.equal(done.driver_internal_info.agent_secret_token, undefined);
    assert.deepEqual(
      agent.calls.filter((call) => call.startsWith("start")),
      ["start erase", "start low"],
    );
  });

  it("deploys: boot, the agent's own steps behind it, then the machine's system", async () => {
    const uuid = await under.nodeIn("available", scripted);
    const agent = agentOf(uuid);
    agent.steps = [agentStep("write", 80)];
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    const waiting = await under.until(uuid, "wait call-back");
    assert.equal(waiting.deploy_step.step, "deploy");
    assert.equal(waiting.power_state, "power on");
    const token = await under.lookup(uuid);
    agent.verdicts.push({ verdict: "ready" }, { verdict: "finished" });
    await beatAndSettle(uuid, token);
    assert.equal((await under.until(uuid, "wait call-back")).deploy_step.step, "write");
    await beatAndSettle(uuid, token);
    const active = await under.until(uuid, "active");
    assert.deepEqual(active.deploy_step, {});
    assert.deepEqual(agent.calls, [
      "prepare",
      "deploy",
      "heard",
      "fetchSteps",
      "start write",
      "heard",
      "boot_instance",
    ]);
  });

  it("keeps the beat that arrives while the conductor still holds the node that it has just started", async () => {
    const uuid = await under.nodeIn("available", scripted);
    const agent = agentOf(uuid);
    agent.steps = [agentStep("write", 80)];
    agent.verdicts.push({ verdict: "ready" });
    agent.during.deploy = async () => {
      const token = await under.lookup(uuid);
      await under.beat(uuid, token);
    };
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.next((event) => event.type === "step.started" && event.step === "deploy.write");
    assert.equal((await under.until(uuid, "wait call-back")).deploy_step.step, "write");
  });

  it("fails with the agent's words, the step's name and its place, and can be retried", async () => {
    const uuid = await under.nodeIn("available", scripted);
    const agent = agentOf(uuid);
    agent.steps = [agentStep("write", 80)];
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.until(uuid, "wait call-back");
    const token = await under.lookup(uuid);
    agent.verdicts.push({ verdict: "ready" }, { verdict: "failed", message: "no disk matches serial X" });
    await beatAndSettle(uuid, token);
    await beatAndSettle(uuid, token);
    const failed = await under.until(uuid, "deploy failed");
    assert.equal(failed.last_error, "Deploy step deploy.write (2 of 3) failed: no disk matches serial X");
    assert.equal(failed.target_provision_state, "active");
    assert.equal(failed.power_state, "power off");
    assert.deepEqual(agent.calls.slice(-2), ["collectLogs", "cleanUp"]);
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    assert.equal((await under.until(uuid, "wait call-back")).last_error, null);
  });

  it("puts a node into maintenance when an automated clean step fails", async () => {
    const { uuid, agent, token } = await inCleanWait();
    agent.verdicts.push({ verdict: "ready" }, { verdict: "failed", message: "disk frozen" });
    await beatAndSettle(uuid, token);
    await beatAndSettle(uuid, token);
    const failed = await under.until(uuid, "clean failed");
    assert.equal(failed.fault, "clean failure");
    assert.equal(failed.maintenance, true);
    assert.equal(failed.target_provision_state, "available");
    assert.match(failed.last_error ?? "", /^Clean step deploy\.erase \(1 of \d\) failed: disk frozen$/);
  });

  it("starts cleaning anew when the agent's hardware managers changed, and fails a deploy", async () => {
    const { uuid, agent, token } = await inCleanWait();
    agent.verdicts.push({ verdict: "ready" }, { verdict: "steps-changed" });
    await beatAndSettle(uuid, token);
    await beatAndSettle(uuid, token);
    assert.deepEqual(
      agent.calls.filter((call) => call === "fetchSteps" || call.startsWith("start")),
      ["fetchSteps", "start erase", "fetchSteps", "start erase"],
    );
  });

  it("reboots between steps when one asks for it, and goes on with the next", async () => {
    const { uuid, agent, token } = await inCleanWait();
    agent.verdicts.push({ verdict: "ready" }, { verdict: "finished", reboot: true });
    await beatAndSettle(uuid, token);
    await beatAndSettle(uuid, token);
    const rebooted = await under.until(uuid, "clean wait");
    assert.equal(rebooted.driver_internal_info.cleaning_reboot, true);
    assert.equal(rebooted.driver_internal_info.agent_secret_token, undefined, "the new ramdisk gets a new token");
    agent.verdicts.push({ verdict: "finished" });
    await beatAndSettle(uuid, await under.lookup(uuid));
    assert.equal((await under.until(uuid, "clean wait")).clean_step.step, "low");
  });

  it("stays in the wait state when the agent cannot be asked, and tells why once the wait times out", async () => {
    const { uuid, agent, token } = await inCleanWait();
    agent.verdicts.push(async () => {
      throw new Error("connection refused by 10.0.0.7:9999");
    });
    await beatAndSettle(uuid, token);
    await under.until(uuid, "clean wait");
    under.advance(1801);
    // It first listens for a while, since it has been away.
    for (let passes = 0; passes < 17; passes++) {
      await under.conductor.pass("timeouts");
      under.advance(20);
    }
    const failed = await under.until(uuid, "clean failed");
    assert.match(
      failed.last_error ?? "",
      /timed out after 1800 s.*clean_callback_timeout.*connection refused by 10\.0\.0\.7/,
    );
  });

  it("aborts within seconds although the agent hangs", async () => {
    const { uuid, agent, token } = await inCleanWait();
    let reached = () => {};
    const hanging = new Promise<void>((resolve) => {
      reached = resolve;
    });
    agent.verdicts.push(() => {
      reached();
      return new Promise(() => {});
    });
    await under.beat(uuid, token);
    await hanging;
    const started = performance.now();
    await under.call("doProvisioningAction", { node: uuid, action: "abort" });
    const failed = await under.until(uuid, "clean failed");
    assert.ok(performance.now() - started < 10_000);
    assert.equal(failed.power_state, "power off");
    assert.equal(failed.maintenance, false);
    assert.match(failed.last_error ?? "", /aborted by request/);
  });

  it("lets a step that may not be broken off end first", async () => {
    const { uuid, agent, token } = await inCleanWait([
      agentStep("flash", 99, { abortable: false }),
      agentStep("low", 5),
    ]);
    agent.verdicts.push({ verdict: "ready" }, { verdict: "finished" });
    await beatAndSettle(uuid, token);
    await under.call("doProvisioningAction", { node: uuid, action: "abort" });
    const marked = await under.until(uuid, "clean wait");
    assert.equal(marked.clean_step.abort_after, true);
    await beatAndSettle(uuid, token);
    await under.until(uuid, "clean failed");
    assert.equal(agent.calls.includes("start low"), false);
  });

  it("makes no progress in maintenance, but records the beat", async () => {
    const { uuid, agent, token } = await inCleanWait();
    await under.call("setMaintenance", { node: uuid, maintenance: true });
    agent.verdicts.push({ verdict: "ready" });
    await beatAndSettle(uuid, token);
    const node = await under.until(uuid, "clean wait");
    assert.equal(typeof node.driver_internal_info.agent_last_heartbeat, "string");
    assert.equal(agent.calls.includes("heard"), false);
  });

  it("records a beat that no flow waits for without taking the lock", async () => {
    const uuid = await under.nodeIn("available", scripted);
    const token = await under.lookup(uuid);
    const { lock_number } = await under.node(uuid);
    for (let beats = 0; beats < 2; beats++) await beatAndSettle(uuid, token);
    const node = await under.node(uuid);
    assert.equal(typeof node.driver_internal_info.agent_last_heartbeat, "string");
    assert.equal(node.lock_number, lock_number);
    assert.deepEqual(
      under.told(uuid, "agent.heartbeat").map((event) => event.first),
      [true, false],
    );
  });

  it("cleans manually in the order asked for, with steps of interfaces and agent", async () => {
    const uuid = await under.nodeIn("manageable", scripted);
    const agent = agentOf(uuid);
    agent.steps = [agentStep("erase", 99), agentStep("burn", 0)];
    const clean_steps = [asked("burn"), { interface: "vendor", step: "log_passthrough" } as const, asked("erase")];
    await under.call("doNodeClean", { node: uuid, clean_steps });
    await under.until(uuid, "clean wait");
    const token = await under.lookup(uuid);
    agent.verdicts.push({ verdict: "ready" }, { verdict: "finished" }, { verdict: "finished" });
    for (let beats = 0; beats < 3; beats++) await beatAndSettle(uuid, token);
    const done = await under.until(uuid, "manageable");
    assert.equal(done.target_provision_state, null);
    assert.deepEqual(
      under.told(uuid, "step.started").map((event) => event.step),
      ["deploy.burn", "vendor.log_passthrough", "deploy.erase"],
    );
  });

  it("refuses a beat with a wrong or no token and changes nothing", async () => {
    const { uuid } = await inCleanWait();
    const before = await under.node(uuid);
    for (const token of ["wrong", null, ""]) await assert.rejects(under.beat(uuid, token), /agent_token/);
    assert.deepEqual(await under.node(uuid), before);
  });

  it("gives the token once; a second lookup sees the mask", async () => {
    const { uuid, token } = await inCleanWait();
    assert.ok(token.length >= 32);
    assert.equal(await under.lookup(uuid), "******");
    const without = await under.call("lookupNode", { node: uuid, address: null, issue_token: false });
    assert.equal(without.agent_token, "******");
    assert.equal(without.node.driver_internal_info.agent_secret_token, "******");
  });

  it("aborts a deploy that waits for its agent, switches the machine off and removes what was prepared", async () => {
    const uuid = await under.nodeIn("available", scripted);
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.until(uuid, "wait call-back");
    await under.call("doProvisioningAction", { node: uuid, action: "abort" });
    const failed = await under.until(uuid, "deploy failed");
    assert.equal(failed.power_state, "power off");
    assert.match(failed.last_error ?? "", /^Deploy step deploy\.deploy \(1 of 2\) was aborted by request\.$/);
    assert.equal(agentOf(uuid).calls.at(-1), "cleanUp");
  });
});
