/** What trusted systems promise about work on machines, promise by promise. Source: reliability.md, section 2. */
import assert from "node:assert/strict";
import type { FerricError } from "../../common/errors/fault.ts";
import type { State } from "../../common/states.ts";
import { WORKING_STATES } from "../../common/states.ts";
import { ConductorFleet } from "../support/conductor-fleet.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../support/conductor-under-test.ts";
import { agentOf, agentStep } from "../support/scripted-driver.ts";
import { startChild } from "../unit/db/support/child.ts";
import { TestDatabases } from "../unit/db/support/databases.ts";

const HANG = { "deploy.deploy": { hang: true } };
const SCRIPTED = { deploy_interface: "scripted" };

describe("promises about work on machines (reliability 2)", () => {
  let under: ConductorUnderTest | null = null;
  afterEach(async () => {
    await under?.[Symbol.asyncDispose]();
    under = null;
  });

  it("one writer a node: of 50 who ask at once one works on it, the others are told who: 409", async () => {
    const conductor = { node_locked_retry_attempts: 1, workers_pool_size: 200 };
    under = await conductorUnderTest({ conductor });
    const { call, nodeIn } = bound(under);
    const node = await nodeIn("available", {}, HANG);
    const asked = Array.from({ length: 50 }, () => call("doNodeDeploy", { node, rebuild: false }));
    const answers = await Promise.allSettled(asked);
    const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as FerricError] : []));
    assert.equal(refused.length, 49);
    // Who comes when the work has its state already is told that the state knows no such verb.
    assert.ok(refused.every(({ code }) => code === 409 || code === 400));
    const late = await call("updateNode", { node, changes: { extra: { a: 1 } } }).catch((error: FerricError) => error);
    assert.ok("code" in late && late.code === 409);
    assert.match(late.message, /locked by host cond-1/);
    assert.equal(under.told(node, "step.started").length, 1);
  });

  it("no acknowledged write is lost: a process killed with -9 in the middle of its writes", async function () {
    this.timeout(60_000);
    const databases = new TestDatabases("libsql", true);
    try {
      const child = startChild("createForEver", databases.kind, await databases.connection());
      const said: string[] = [];
      for await (const line of child.lines) {
        said.push(line);
        if (said.length === 60) child.process.kill("SIGKILL");
      }
      await child.ended;
      const { nodes } = await databases.open();
      const created = said.filter((line) => line.startsWith("created ")).map((line) => line.slice("created ".length));
      assert.ok(created.length > 0);
      const found = new Set((await nodes.list()).map(({ uuid }) => uuid));
      assert.deepEqual(
        created.filter((uuid) => !found.has(uuid)),
        [],
      );
    } finally {
      await databases.clear();
    }
  });

  it("interrupted work ends in a fail state: nothing stays under way after kill -9, in any of the states", async () => {
    under = await conductorUnderTest();
    const left: string[] = [];
    for (const state of WORKING_STATES) {
      const uuid = await under.nodeIn(state);
      await under.stores.nodes.reserve(uuid, { host: "cond-1", bootId: "dead", purpose: "work" });
      left.push(uuid);
    }
    assert.equal(left.length, 9);
    await under.crash();
    await under.conductor.idle();
    for (const uuid of left) {
      const { provision_state, reservation, last_error } = await under.node(uuid);
      assert.ok(!(WORKING_STATES as readonly State[]).includes(provision_state), provision_state);
      assert.equal(reservation, null);
      assert.match(last_error ?? "", /when its conductor stopped/);
    }
  });

  it("wait states survive a restart: the agent's next heartbeat goes on where it was", async () => {
    under = await conductorUnderTest();
    const node = await under.nodeIn("available", SCRIPTED);
    agentOf(node).steps = [agentStep("write", 80)];
    await under.call("doNodeDeploy", { node, rebuild: false });
    await under.until(node, "wait call-back");
    const token = await under.lookup(node);
    await under.crash();
    await under.conductor.idle();
    assert.equal((await under.node(node)).provision_state, "wait call-back");
    agentOf(node).verdicts.push({ verdict: "ready" }, { verdict: "finished" });
    for (let beats = 0; beats < 2; beats += 1) {
      await under.beat(node, token);
      await under.conductor.idle();
    }
    await under.until(node, "active");
  });

  it("a dead conductor is replaced: its nodes are another's within 5 s of its time-out, and can be worked on", async function () {
    this.timeout(60_000);
    await using fleet = await ConductorFleet.start(["cond-1", "cond-2"]);
    const nodes = await fleet.nodesOf("cond-1", 5, () => fleet.nodeIn("available", SCRIPTED));
    for (const node of nodes) agentOf(node).during.deploy = () => new Promise(() => {});
    await Promise.all(nodes.map((node) => fleet.call("doNodeDeploy", { node, rebuild: false })));
    await fleet.until(nodes, ({ provision_state }) => provision_state === "deploying");
    fleet.kill("cond-1");
    await fleet.age("cond-1");
    const took = await fleet.until(
      nodes,
      ({ provision_state, reservation }) => provision_state === "deploy failed" && reservation === null,
    );
    assert.ok(took < 5000, `${took} ms`);
    for (const node of nodes) {
      assert.equal(await fleet.ownerOf(node), "cond-2");
      agentOf(node).during = {};
      await fleet.call("doNodeTearDown", { node });
    }
  });

  it("power sync: a machine that cannot be asked goes into maintenance after the misses allowed, and out of it by itself", async () => {
    under = await conductorUnderTest({ conductor: { power_state_sync_max_retries: 3 } });
    const script = { "power.get": { fail: "no route" } };
    const dead = await under.nodeIn("active", { power_state: "power on" }, script);
    const fine = await under.nodeIn("active", { power_state: "power on" });
    const misses = [];
    for (let pass = 0; pass < 4; pass += 1) {
      await under.conductor.pass("power sync");
      misses.push((await under.node(dead)).maintenance);
    }
    assert.deepEqual(misses, [false, false, false, true]);
    assert.equal((await under.node(dead)).fault, "power failure");
    await under.conductor.pass("power recovery");
    assert.equal((await under.node(dead)).maintenance, true, "not before it answers");
    // The machine of fake hardware is in the state that its record says.
    await under.stores.nodes.touch(dead, { driver_info: {}, power_state: "power on" });
    await under.conductor.pass("power recovery");
    const { maintenance, fault } = await under.node(dead);
    assert.deepEqual([maintenance, fault], [false, null]);
    assert.equal((await under.node(fine)).maintenance, false);
  });

  it("callback time-outs: who never calls in ends each wait in its fail state, not before its time", async () => {
    const seconds = 3;
    under = await conductorUnderTest({
      conductor: {
        deploy_callback_timeout: seconds,
        clean_callback_timeout: seconds,
        service_callback_timeout: seconds,
        inspect_wait_timeout: seconds,
        rescue_callback_timeout: seconds,
      },
    });
    const provision_updated_at = new Date().toISOString().replace("Z", "000+00:00");
    const waits: readonly State[] = ["wait call-back", "clean wait", "service wait", "inspect wait", "rescue wait"];
    const nodes = await Promise.all(waits.map((state) => under?.nodeIn(state, { provision_updated_at }) ?? ""));
    const states = async () => await Promise.all(nodes.map(async (uuid) => (await under?.node(uuid))?.provision_state));
    await under.conductor.pass("timeouts");
    assert.deepEqual(await states(), waits);
    under.advance(seconds + 1);
    await under.conductor.pass("timeouts");
    await under.conductor.idle();
    const ends = ["deploy failed", "clean failed", "service failed", "inspect failed", "rescue failed"];
    assert.deepEqual(await states(), ends);
  });

  it("limits of what runs at once: of 20 deploys with a limit of 5 five run, the others are refused by its name", async () => {
    under = await conductorUnderTest({ conductor: { max_concurrent_deploy: 5 } });
    const { call, nodeIn } = bound(under);
    const nodes = await Promise.all(Array.from({ length: 20 }, () => nodeIn("available", {}, HANG)));
    const answers = await Promise.allSettled(nodes.map((node) => call("doNodeDeploy", { node, rebuild: false })));
    const refused = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as FerricError] : []));
    assert.equal(refused.length, 15);
    for (const { code, message } of refused) {
      assert.equal(code, 503);
      assert.match(message, /deploy/i);
    }
  });
});

function bound(under: ConductorUnderTest) {
  return { call: under.call.bind(under), nodeIn: under.nodeIn.bind(under) };
}
