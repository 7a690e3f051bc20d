/** An agent that had called in and falls silent ends its wait within [api]ramdisk_heartbeat_timeout, in words that help. */
import assert from "node:assert/strict";
import { MASK } from "../../../common/secrets.ts";
import type { State } from "../../../common/states.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../support/conductor-under-test.ts";

const URL = "https://192.0.2.7:9999";
const WRITING = { interface: "deploy", step: "write_image", priority: 80 };

describe("agents that fall silent", () => {
  let under: ConductorUnderTest;
  let gone = 0;
  beforeEach(async () => {
    gone = 0;
    under = await conductorUnderTest({ api: { ramdisk_heartbeat_timeout: 70 } });
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const now = () => new Date(Date.now() + gone * 1000).toISOString().replace("Z", "000+00:00");
  const waiting = (state: State, internal: object = {}, more: object = {}) =>
    under.nodeIn(state, {
      provision_updated_at: now(),
      driver_internal_info: { agent_url: URL, agent_last_heartbeat: now(), ...internal },
      ...more,
    });
  const writing = () =>
    waiting(
      "wait call-back",
      { deploy_steps: [WRITING], deploy_step_index: 0, agent_command: "c-1" },
      { deploy_step: WRITING },
    );
  function advance(seconds: number): void {
    gone += seconds;
    under.advance(seconds);
  }
  /** Time goes by, with passes as often as in life. */
  async function pass(seconds: number): Promise<void> {
    for (const end = gone + seconds; gone < end; ) {
      advance(20);
      await under.conductor.pass("timeouts");
    }
    await under.conductor.idle();
  }

  for (const [state, end] of [
    ["wait call-back", "deploy failed"],
    ["clean wait", "clean failed"],
    ["service wait", "service failed"],
    ["inspect wait", "inspect failed"],
    ["rescue wait", "rescue failed"],
  ] as const) {
    it(`${state} ends in ${end}`, async () => {
      const uuid = await waiting(state);
      await pass(60);
      assert.equal((await under.node(uuid)).provision_state, state, "not before its time");
      await pass(20);
      const node = await under.node(uuid);
      assert.equal(node.provision_state, end);
      assert.match(
        node.last_error ?? "",
        /failed: the agent fell silent\. It last called in at \S+ from https:\/\/192\.0\.2\.7:9999, 8\d s ago.* 70 s \(\[api\]ramdisk_heartbeat_timeout\)\. .*console.*start again/,
      );
    });
  }

  it("the message names the step and how far it had come", async () => {
    const uuid = await waiting("wait call-back", { agent_url: undefined });
    const token = await under.lookup(uuid);
    const events = [{ type: "progress", stage: "image.write", done: 34 * 1048576, total: 1e8, unit: "bytes" }];
    await under.call("agentReport", { node: uuid, agent_token: token, events });
    await under.beat(uuid, token);
    await under.conductor.idle();
    await pass(80);
    assert.match(
      (await under.node(uuid)).last_error ?? "",
      /^Deploy failed: .* Its last progress was image\.write 34 of 95\.4 MiB, at 20/,
    );
    const other = await writing();
    await pass(80);
    const { last_error } = await under.node(other);
    assert.match(last_error ?? "", /^Deploy step deploy\.write_image \(1 of 1\) failed: the agent fell silent/);
    assert.doesNotMatch(last_error ?? "", /progress/, "that of another node, or of none");
  });

  it("the message tells that the machine has started anew, which gets no token", async () => {
    const uuid = await waiting("wait call-back", { agent_url: undefined });
    await under.beat(uuid, await under.lookup(uuid));
    await under.conductor.idle();
    assert.equal(await under.lookup(uuid), MASK);
    await pass(80);
    assert.match(
      (await under.node(uuid)).last_error ?? "",
      /fell silent.*Then its ramdisk looked the node up anew by 127\.0\.0\.1, at 20\S+: the machine seems to have restarted\./,
    );
  });

  it("a beat is a sign of life, and so is the start of a wait", async () => {
    const beating = await writing();
    const token = await under.lookup(beating);
    const info = (await under.node(beating)).driver_internal_info;
    for (let beats = 0; beats < 5; beats++) {
      await pass(40);
      await under.call("heartbeat", {
        node: beating,
        callback_url: String(info.agent_url),
        agent_token: token,
        agent_version: "1.0",
      });
      await under.conductor.idle();
    }
    assert.equal((await under.node(beating)).provision_state, "wait call-back");
    const past = "2026-01-01T00:00:00.000000+00:00";
    const begun = await waiting("clean wait", { agent_last_heartbeat: past });
    await pass(40);
    assert.equal((await under.node(begun)).provision_state, "clean wait");
  });

  it("an agent that never called in is for the wait's own limit", async () => {
    const uuid = await waiting("wait call-back", { agent_url: undefined });
    await pass(200);
    assert.equal((await under.node(uuid)).provision_state, "wait call-back");
  });

  it("hardware that works without the agent may take its time", async () => {
    const step = { interface: "bios", step: "apply_configuration", priority: 1 };
    const steps = { clean_steps: [step], clean_step_index: 0 };
    const uuid = await waiting("clean wait", steps, { clean_step: step });
    await pass(200);
    assert.equal((await under.node(uuid)).provision_state, "clean wait");
  });

  it("nodes in maintenance wait on", async () => {
    const uuid = await waiting("wait call-back", {}, { maintenance: true });
    await pass(200);
    assert.equal((await under.node(uuid)).provision_state, "wait call-back");
  });

  it("a conductor that was away first listens", async () => {
    const uuid = await writing();
    advance(3600);
    await under.crash();
    await under.conductor.pass("timeouts");
    await pass(40);
    assert.equal((await under.node(uuid)).provision_state, "wait call-back", "after a start");
    advance(3600);
    await under.conductor.pass("timeouts");
    await pass(40);
    assert.equal((await under.node(uuid)).provision_state, "wait call-back", "after standing still");
    await pass(40);
    assert.equal((await under.node(uuid)).provision_state, "deploy failed");
  });
});
