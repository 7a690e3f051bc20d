/** fake-hardware: what its model does without a script, and what a script makes of it. */
import assert from "node:assert/strict";
import { FakeFailure, InstanceDeployFailure, PowerStateFailure } from "../../../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../../../common/errors/request.ts";
import type { EventBody } from "../../../../common/events.ts";
import type { JsonObject } from "../../../../common/json.ts";
import type { Port } from "../../../../common/objects/port.ts";
import type { Interface } from "../../../../drivers/base/interfaces.ts";
import type { StepDef } from "../../../../drivers/base/steps.ts";
import bios from "../../../../drivers/fake/bios.ts";
import boot from "../../../../drivers/fake/boot.ts";
import deploy from "../../../../drivers/fake/deploy.ts";
import firmware from "../../../../drivers/fake/firmware.ts";
import inspect from "../../../../drivers/fake/inspect.ts";
import management from "../../../../drivers/fake/management.ts";
import power from "../../../../drivers/fake/power.ts";
import rescue from "../../../../drivers/fake/rescue.ts";
import vendor from "../../../../drivers/fake/vendor.ts";
import { powerTo } from "../../../../drivers/power-to.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";

const scripted = (script: JsonObject | string) => testTask({ driver_info: { fake_script: script } });

function stepOf(from: Interface, name: string): StepDef {
  const found = from.steps?.find((step) => step.step === name);
  assert.ok(found, `step ${name}`);
  return found;
}

describe("fake power", () => {
  it("does not know the state of a new node, then is where it was last asked to be", async () => {
    const interfaces = power.make(testServices());
    const task = testTask({ driver: { power: interfaces } });
    assert.equal(await interfaces.getPowerState(task), null);
    const results = { "power on": "power on", "soft power off": "power off", rebooting: "power on" } as const;
    for (const [target, state] of Object.entries(results)) {
      const before = task.lockChecks;
      await powerTo(task, target as keyof typeof results);
      assert.equal(await interfaces.getPowerState(task), state);
      assert.equal(task.lockChecks, before + 2, "before and in the action");
    }
  });

  it("takes as long as [fake]power_delay says, but reads at once", async () => {
    const services = testServices({ fake: { power_delay: "2,4" } });
    const task = testTask();
    const interfaces = power.make(services);
    await interfaces.setPowerState(task, "power on");
    await interfaces.getPowerState(task);
    assert.equal(services.slept.length, 1);
    const [seconds = 0] = services.slept;
    assert.ok(seconds >= 2 && seconds <= 4);
  });

  it("fails when the machine needs longer than the caller waits", async () => {
    const services = testServices();
    const work = power.make(services).setPowerState(scripted({ power: 30 }), "soft power off", { timeout: 5 });
    await assert.rejects(work, (error) => PowerStateFailure.matches(error) && /within 5 s/.test(error.message));
    assert.deepEqual(services.slept, [5]);
  });
});

describe("fake script", () => {
  it("fails an operation with its words, in the interface's own fault", async () => {
    const task = scripted({ "power.set": { fail: "the relay is stuck" }, "deploy.deploy": { fail: "no disk" } });
    const services = testServices();
    await assert.rejects(power.make(services).setPowerState(task, "power on"), /to power on: the relay is stuck/);
    assert.equal(task.node.power_state, null);
    const work = stepOf(deploy.make(services), "deploy").run(task, {});
    await assert.rejects(work, (error) => InstanceDeployFailure.matches(error) && error.message === "no disk");
  });

  it("lets an operation succeed after some tries, counted on the node", async () => {
    const task = scripted({ "management.set_boot_device": { fail: "busy", succeed_after: 3 } });
    const set = () => management.make(testServices()).setBootDevice(task, "pxe", false);
    await assert.rejects(set(), /busy/);
    await assert.rejects(set(), (error) => FakeFailure.matches(error));
    await set();
    await set();
  });

  it("hangs until the signal aborts, with the signal's reason", async () => {
    const task = scripted({ inspect: { hang: true } });
    const work = inspect.make(testServices()).inspectHardware(task);
    task.controller.abort(new Error("the lock was lost"));
    await assert.rejects(work, /the lock was lost/);
  });

  it("does not start anything after the abort", async () => {
    const task = testTask();
    task.controller.abort(new Error("shutting down"));
    await assert.rejects(power.make(testServices()).setPowerState(task, "power on"), /shutting down/);
    assert.deepEqual(task.saved, []);
  });

  it("prefers the operation to the interface, and the node to the configuration", async () => {
    const services = testServices({
      fake: { script: '{"boot": 7, "rescue.rescue": {"fail": "standard"}}', boot_delay: "9" },
    });
    await boot.make(services).prepareRamdisk(scripted({ boot: 1, "boot.prepare_ramdisk": 2 }), {}, "deploy");
    await boot.make(services).prepareRamdisk(testTask(), {}, "deploy");
    assert.deepEqual(services.slept, [2, 7]);
    await assert.rejects(rescue.make(services).rescue(testTask()), /standard/);
    assert.equal(await rescue.make(services).rescue(scripted({ rescue: 0 })), "done");
  });

  it("ends a step as wait", async () => {
    const step = stepOf(vendor.make(testServices()), "log_passthrough");
    assert.equal(await step.run(scripted({ "vendor.log_passthrough": { wait: true } }), {}), "wait");
    assert.equal(await step.run(testTask(), {}), "done");
  });

  it("is validated, naming the key that is wrong", async () => {
    const cases: readonly (readonly [JsonObject | string, string])[] = [
      [{ power: { delai: 3 } }, "driver_info/fake_script/power/delai"],
      [{ power: { delay: "soon" } }, "driver_info/fake_script/power/delay"],
      [{ power: "3" }, "driver_info/fake_script/power"],
      [{ "power.set": { succeed_after: 0 } }, "driver_info/fake_script/power.set/succeed_after"],
      ["{not json", "driver_info/fake_script"],
    ];
    for (const [script, where] of cases)
      await assert.rejects(power.make(testServices()).validate(scripted(script)), (error) => {
        assert.ok(InvalidParameterValue.matches(error));
        assert.ok(error.message.startsWith(`${where} has no valid value`), error.message);
        return true;
      });
    await power.make(testServices()).validate(scripted('{"power": {"delay": "1,2"}}'));
  });

  it("is validated in the configuration when the service starts", () => {
    assert.throws(() => power.make(testServices({ fake: { script: "[]" } })), /\[fake\]script has no valid value/);
  });
});

describe("fake deploy in stages", () => {
  const port = { address: "52:54:00:00:00:01" } as Port;

  it("tells the story of a real deploy in the time it is given", async () => {
    const services = testServices();
    const task = testTask({
      driver_info: { fake_script: { "deploy.deploy": { seconds: 20, bytes: 1000 } } },
      ports: [port],
    });
    assert.equal(await stepOf(deploy.make(services), "deploy").run(task, {}), "done");
    const told = task.events.filter((event) => event.type !== "progress").map(short);
    assert.deepEqual(told, [
      "action power on sent",
      "action power on done",
      "node.power",
      "dhcp DISCOVER 52:54:00:00:00:01",
      "dhcp REQUEST 52:54:00:00:00:01",
      "fetched kernel",
      "fetched ramdisk",
      "agent.lookup",
      "agent.heartbeat",
      "action write image done",
      "action write config drive done",
      "action boot instance done",
    ]);
    const total = services.slept.reduce((sum, seconds) => sum + seconds, 0);
    assert.ok(Math.abs(total - 20) < 0.001, `${total}`);
    assert.equal(task.node.power_state, "power on");
  });

  it("counts the image's bytes up to all of them", async () => {
    const task = scripted({ "deploy.deploy": { seconds: 1, bytes: 1000 } });
    await stepOf(deploy.make(testServices()), "deploy").run(task, {});
    const progress = task.events.filter((event) => event.type === "progress");
    const done = progress.map((event) => event.done);
    assert.deepEqual(
      done,
      [...done].sort((a, b) => a - b),
    );
    assert.equal(done.at(-1), 1000);
    assert.ok(progress.every((event) => event.total === 1000 && event.unit === "bytes"));
  });

  it("may fail after its stages", async () => {
    const task = scripted({ "deploy.deploy": { seconds: 1, fail: "the boot loader is missing" } });
    await assert.rejects(stepOf(deploy.make(testServices()), "deploy").run(task, {}), /the boot loader is missing/);
  });

  it("is not told without a time, and power stays as it was", async () => {
    const task = testTask();
    await stepOf(deploy.make(testServices()), "deploy").run(task, {});
    assert.deepEqual(task.events, []);
    assert.equal(task.node.power_state, null);
  });
});

function short(event: EventBody): string {
  if (event.type === "action") return `action ${event.action} ${event.status}`;
  if (event.type === "boot.packet") return `${event.protocol} ${event.what} ${event.mac}`;
  return event.type === "boot.fetched" ? `fetched ${event.file}` : event.type;
}

describe("fake interfaces", () => {
  it("know one boot device and no boot mode", async () => {
    const interfaces = management.make(testServices());
    assert.deepEqual(await interfaces.supportedBootDevices(testTask()), ["pxe"]);
    assert.deepEqual(await interfaces.getBootDevice(testTask()), { boot_device: "pxe", persistent: false });
    await assert.rejects(
      interfaces.setBootDevice(testTask(), "disk", false),
      /"disk" is not supported; use one of: pxe/,
    );
    assert.equal(interfaces.setBootMode, undefined);
  });

  it("offer the steps of their models", () => {
    const services = testServices();
    const offered = [bios.make(services), firmware.make(services), deploy.make(services), vendor.make(services)];
    assert.deepEqual(
      offered.flatMap((from) => (from.steps ?? []).map((step) => ({ [step.step]: step.flows }))),
      [
        { apply_configuration: { clean: 0 } },
        { cache_bios_settings: { clean: 0 } },
        { factory_reset: { clean: 0 } },
        { update: { clean: 0 } },
        { deploy: { deploy: 100 } },
        { log_passthrough: { clean: 1 } },
        { log_passthrough: { service: 0 } },
        { trigger_servicewait: { service: 0 } },
      ],
    );
  });

  it("ask for the arguments that a step needs", async () => {
    const step = stepOf(bios.make(testServices()), "apply_configuration");
    assert.equal(step.argsinfo?.settings?.required, true);
    await assert.rejects(step.run(testTask(), {}), /needs the argument "settings"/);
    assert.equal(await step.run(testTask(), { settings: [] }), "done");
  });

  it("wait in trigger_servicewait", async () => {
    assert.equal(await stepOf(vendor.make(testServices()), "trigger_servicewait").run(testTask(), {}), "wait");
  });
});
