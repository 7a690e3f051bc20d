/** Deploy templates: which steps join a deploy, and what goes before what. */
import assert from "node:assert/strict";
import type { RequestedStep, StepInterface } from "../../../../common/steps.ts";
import { deployList, extendedList } from "../../../../conductor/steps/deploy-list.ts";
import { stepName } from "../../../../conductor/steps/order.ts";
import { type ConductorUnderTest, conductorUnderTest } from "../../../support/conductor-under-test.ts";

const step = (face: StepInterface, name: string, priority: number) => ({
  interface: face,
  step: name,
  args: {},
  priority,
});

describe("deploy templates in a deploy", () => {
  let under: ConductorUnderTest;
  beforeEach(async () => {
    under = await conductorUnderTest();
    const put = (name: string, steps: readonly ReturnType<typeof step>[]) =>
      under.stores.deployTemplates.create({ uuid: crypto.randomUUID(), name, steps });
    await put("CUSTOM_A", [step("power", "reboot", 150), step("power", "power_off", 20)]);
    await put("CUSTOM_B", [step("power", "reboot", 10)]);
    await put("CUSTOM_CORE", [step("deploy", "deploy", 50)]);
  });
  afterEach(() => under[Symbol.asyncDispose]());

  const traits = ["CUSTOM_A", "CUSTOM_B", "CUSTOM_CORE", "CUSTOM_NONE"];
  const deployed = async (wanted: readonly string[], deploy_steps?: readonly RequestedStep[]) => {
    const node = await under.nodeIn("available", { traits, instance_info: { traits: [...wanted] } });
    await under.call("doNodeDeploy", { node, rebuild: false, ...(deploy_steps === undefined ? {} : { deploy_steps }) });
    await under.until(node, "active");
    return under.told(node, "step.started").map((event) => event.step);
  };

  it("runs the steps of the templates that the instance's traits name, by priority", async () => {
    assert.deepEqual(await deployed(["CUSTOM_A"]), ["power.reboot", "deploy.deploy", "power.power_off"]);
    assert.deepEqual(await deployed(["CUSTOM_NONE"]), ["deploy.deploy"]);
    assert.deepEqual(await deployed([]), ["deploy.deploy"]);
  });

  it("runs a step as often as templates bring it", async () => {
    assert.deepEqual(await deployed(["CUSTOM_B", "CUSTOM_A"]), [
      "power.reboot",
      "deploy.deploy",
      "power.power_off",
      "power.reboot",
    ]);
  });

  it("puts the request's step before a template's, and switches it off with priority 0", async () => {
    assert.deepEqual(await deployed(["CUSTOM_A"], [step("power", "reboot", 5)]), [
      "deploy.deploy",
      "power.power_off",
      "power.reboot",
    ]);
    assert.deepEqual(await deployed(["CUSTOM_B"], [step("power", "reboot", 0)]), ["deploy.deploy"]);
  });

  it("applies them to a rebuild too", async () => {
    const node = await under.nodeIn("active", { traits, instance_info: { traits: ["CUSTOM_B"] } });
    await under.call("doNodeDeploy", { node, rebuild: true });
    await under.until(node, "active");
    assert.deepEqual(
      under.told(node, "step.started").map((event) => event.step),
      ["deploy.deploy", "power.reboot"],
    );
  });

  it("shows no secret of a step, in the node's own field or in its history", async () => {
    const args = { settings: [{ name: "a", value: "1", bmc_password: "hush-hush" }] };
    const node = await under.nodeIn("manageable", {}, { "bios.apply_configuration": { delay: 0.05 } });
    const seen: string[] = [];
    const unsubscribe = under.events.subscribe((event) => {
      if (event.type === "step.started")
        void under.stores.nodes.get(node).then((now) => seen.push(JSON.stringify(now)));
    });
    const step = { interface: "bios", step: "apply_configuration", args } as const;
    await under.call("doNodeClean", { node, clean_steps: [step] });
    await under.until(node, "manageable");
    unsubscribe();
    assert.match(seen.join(), /"clean_step":\{[^}]*apply_configuration/);
    const told = JSON.stringify(await under.stores.history.ofNode(node));
    assert.match(told, /apply_configuration/);
    assert.doesNotMatch(seen.join() + told, /hush-hush/);
  });

  it("refuses a template that replaces the core step, and leaves the node as it was", async () => {
    const node = await under.nodeIn("available", { traits, instance_info: { traits: ["CUSTOM_CORE"] } });
    await assert.rejects(under.call("doNodeDeploy", { node, rebuild: false }), { code: 400 });
    assert.equal((await under.node(node)).provision_state, "available");
  });

  it("lets priority 0 switch the core step off", () => {
    const offered = [step("deploy", "deploy", 100), step("deploy", "boot", 60)];
    const { steps } = deployList("n", [step("deploy", "deploy", 0)], offered);
    assert.deepEqual(steps.map(stepName), ["deploy.boot"]);
  });

  it("keeps the second of two equal steps when only one has run before the agent's steps come", () => {
    const twice = [step("power", "reboot", 150), step("power", "reboot", 10)];
    assert.equal(extendedList(twice.slice(0, 1), twice).length, 2);
  });
});
