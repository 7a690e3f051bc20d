/** Flows without an agent, over fake hardware: verify, clean, inspect, rescue, adopt, service, tear-down and their failures. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../../common/json.ts";
import type { State } from "../../../../common/states.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";

describe("out-of-band flows", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const action = (node: string, verb: string) => under.call("doProvisioningAction", { node, action: verb });

  it("verification that cannot read the power state goes back to enroll, and the next try succeeds", async () => {
    const uuid = await under.nodeIn("enroll", {}, { "power.get": { fail: "BMC silent", succeed_after: 2 } });
    await action(uuid, "manage");
    const failed = await under.until(uuid, "enroll");
    assert.match(failed.last_error ?? "", /^Verification failed: the power state could not be read.*BMC silent/);
    await action(uuid, "manage");
    assert.equal((await under.until(uuid, "manageable")).last_error, null);
  });

  it("refuses steps that need the ramdisk when the request does without", async () => {
    const uuid = await under.nodeIn("manageable");
    const step = { interface: "bios", step: "factory_reset" } as const;
    await under.call("doNodeClean", { node: uuid, clean_steps: [step], disable_ramdisk: true });
    assert.match((await under.until(uuid, "clean failed")).last_error ?? "", /requires booting a ramdisk/);
    await action(uuid, "manage");
  });

  it("skips automated cleaning when the node or the configuration says so", async () => {
    const uuid = await under.nodeIn("manageable", { automated_clean: false });
    await action(uuid, "provide");
    await under.until(uuid, "available");
    assert.deepEqual(under.path(uuid), ["manageable -> cleaning", "cleaning -> available"]);
    assert.equal(under.told(uuid, "step.started").length, 0);
  });

  it("refuses an unknown clean step and wrong arguments with the clean failed state, before any step runs", async () => {
    const cases = [
      [{ interface: "deploy", step: "nosuch" }, /does not support this clean step: .*nosuch/],
      [{ interface: "bios", step: "apply_configuration" }, /missing these required arguments: settings/],
      [{ interface: "bios", step: "factory_reset", args: { x: 1 } }, /unexpected arguments: x/],
      [{ interface: "power", step: "wait", args: { seconds: -1 } }, /seconds must be a number/],
    ] as const;
    for (const [step, words] of cases) {
      const uuid = await under.nodeIn("manageable");
      await under.call("doNodeClean", { node: uuid, clean_steps: [step] });
      const failed = await under.until(uuid, "clean failed");
      assert.match(failed.last_error ?? "", words);
      assert.equal(failed.target_provision_state, "manageable");
      assert.equal(failed.maintenance, false);
      assert.equal(under.told(uuid, "step.started").length, 0);
    }
  });

  it("runs reserved steps, holds until unhold, and shows power at each", async () => {
    const uuid = await under.nodeIn("manageable");
    const clean_steps = [
      { interface: "power", step: "power_on" },
      { interface: "power", step: "hold" },
      { interface: "power", step: "wait", args: { seconds: 0.01 } },
      { interface: "power", step: "power_off" },
    ] as const;
    await under.call("doNodeClean", { node: uuid, clean_steps });
    const held = await under.until(uuid, "clean hold");
    assert.equal(held.power_state, "power on");
    assert.equal(held.clean_step.step, "hold");
    await action(uuid, "unhold");
    assert.equal((await under.until(uuid, "manageable")).power_state, "power off");
    assert.deepEqual(under.path(uuid), [
      "manageable -> cleaning",
      "cleaning -> clean hold",
      "clean hold -> clean wait",
      "clean wait -> cleaning",
      "cleaning -> manageable",
    ]);
  });

  it("can be aborted while it holds", async () => {
    const uuid = await under.nodeIn("manageable");
    await under.call("doNodeClean", { node: uuid, clean_steps: [{ interface: "power", step: "hold" }] });
    await under.until(uuid, "clean hold");
    await action(uuid, "abort");
    assert.match((await under.until(uuid, "clean failed")).last_error ?? "", /power\.hold \(1 of 1\) was aborted/);
    await action(uuid, "manage");
    assert.notEqual((await under.until(uuid, "manageable")).last_error, null, "manage keeps what happened");
  });

  it("inspects, and keeps start and end", async () => {
    const uuid = await under.nodeIn("manageable");
    await action(uuid, "inspect");
    const node = await under.until(uuid, "manageable");
    assert.equal(node.inspection_started_at, null);
    assert.match(node.inspection_finished_at ?? "", /^\d{4}-\d\d-\d\dT.*\+00:00$/);
  });

  it("fails an inspection with its reason", async () => {
    const uuid = await under.nodeIn("manageable", {}, { inspect: { fail: "no sensors" } });
    await action(uuid, "inspect");
    assert.match((await under.until(uuid, "inspect failed")).last_error ?? "", /^Inspection failed: .*no sensors/);
    await action(uuid, "inspect");
    await under.until(uuid, "inspect failed");
  });

  it("refuses inspection by a type that has none", async () => {
    const uuid = await under.nodeIn("manageable", { inspect_interface: "no-inspect" });
    await assert.rejects(action(uuid, "inspect"), { code: 400 });
  });

  it("rescues with a password that is kept hashed, and forgets both on unrescue", async () => {
    const uuid = await under.nodeIn("active");
    await under.call("doNodeRescue", { node: uuid, rescue_password: "secret!" });
    const rescued = await under.until(uuid, "rescue");
    assert.equal(rescued.instance_info.rescue_password, "secret!");
    assert.match(String(rescued.instance_info.hashed_rescue_password), /^\$5\$.{1,16}\$.{43}$/);
    const shown = await under.stores.nodes.get(uuid);
    assert.deepEqual(shown.instance_info, { rescue_password: "******", hashed_rescue_password: "******" });
    await under.call("doNodeUnrescue", { node: uuid });
    assert.deepEqual((await under.until(uuid, "active")).instance_info, {});
  });

  const failures: readonly (readonly [State, JsonObject, (node: string) => Promise<void>, State])[] = [
    [
      "active",
      { rescue: { fail: "x" } },
      (node) => under.call("doNodeRescue", { node, rescue_password: "p" }),
      "rescue failed",
    ],
    ["rescue", { rescue: { fail: "x" } }, (node) => under.call("doNodeUnrescue", { node }), "unrescue failed"],
    ["manageable", { power: { fail: "x" } }, (node) => action(node, "adopt"), "adopt failed"],
    ["active", { "deploy.tear_down": { fail: "x" } }, (node) => under.call("doNodeTearDown", { node }), "error"],
    ["active", { vendor: { fail: "x" } }, (node) => service(node, "log_passthrough"), "service failed"],
    [
      "available",
      { "deploy.prepare": { fail: "x" } },
      (node) => under.call("doNodeDeploy", { node, rebuild: false }),
      "deploy failed",
    ],
    [
      "available",
      { "deploy.deploy": { fail: "x" } },
      (node) => under.call("doNodeDeploy", { node, rebuild: false }),
      "deploy failed",
    ],
    ["manageable", { vendor: { fail: "x" } }, (node) => action(node, "provide"), "clean failed"],
  ];
  const service = (node: string, step: string) =>
    under.call("doNodeService", { node, service_steps: [{ interface: "vendor", step }] });

  for (const [from, script, start, end] of failures) {
    it(`${from} with ${JSON.stringify(script)} ends in ${end}, unlocked and with a reason`, async () => {
      const uuid = await under.nodeIn(from, {}, script);
      await start(uuid);
      const node = await under.until(uuid, end);
      assert.match(node.last_error ?? "", /failed.*x/);
      const history = await under.stores.history.ofNode(uuid);
      assert.equal(history.filter((entry) => entry.severity === "ERROR").length, 1);
    });
  }

  it("services, waits at a step that waits, and does not abort what may not be broken off", async () => {
    const uuid = await under.nodeIn("active");
    await under.call("doNodeService", {
      node: uuid,
      service_steps: [
        { interface: "vendor", step: "log_passthrough" },
        { interface: "vendor", step: "trigger_servicewait" },
      ],
    });
    const waiting = await under.until(uuid, "service wait");
    assert.equal(waiting.service_step.step, "trigger_servicewait");
    await action(uuid, "abort");
    assert.equal((await under.until(uuid, "service wait")).service_step.abort_after, true);
    await under.call("doNodeTearDown", { node: uuid });
    const free = await under.until(uuid, "available");
    assert.deepEqual(free.service_step, {});
  });

  it("adopts a machine that already runs", async () => {
    const uuid = await under.nodeIn("manageable");
    await action(uuid, "adopt");
    await under.until(uuid, "active");
    assert.deepEqual(under.path(uuid), ["manageable -> adopting", "adopting -> active"]);
  });

  it("gives automated cleaning the configured priorities", async () => {
    await under[Symbol.asyncDispose]();
    under = await conductorUnderTest({
      conductor: { clean_step_priority_override: { "bios.factory_reset": "50", "vendor.log_passthrough": "0" } },
    });
    const uuid = await under.nodeIn("manageable");
    await action(uuid, "provide");
    await under.until(uuid, "available");
    assert.deepEqual(
      under.told(uuid, "step.started").map((event) => event.step),
      ["bios.factory_reset"],
    );
  });

  it("writes one line of history at the start and the end of cleaning and deploy, as the peer does", async () => {
    const uuid = await under.nodeIn("manageable");
    await action(uuid, "provide");
    await under.until(uuid, "available");
    await under.call("doNodeDeploy", { node: uuid, rebuild: false });
    await under.until(uuid, "active");
    const types = (await under.stores.history.ofNode(uuid)).map((entry) => entry.event_type);
    assert.deepEqual(types, [
      "automated_cleaning_start",
      "automated_cleaning_end",
      "deployment_start",
      "deployment_end",
    ]);
  });
});
