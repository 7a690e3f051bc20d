/** Deploy interfaces ramdisk, autodetect and custom-agent: what they ask for, and which one an instance gets. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../../../common/json.ts";
import autodetect from "../../../../drivers/agent/autodetect.ts";
import customAgent from "../../../../drivers/agent/custom-agent.ts";
import ramdisk from "../../../../drivers/agent/ramdisk.ts";
import type { BootInterface } from "../../../../drivers/base/interfaces.ts";
import { testServices, testTask } from "../../../support/driver-task.ts";

const RAMDISK = { kernel: "http://127.0.0.1/k", ramdisk: "http://127.0.0.1/r" };

function bootThat(capabilities: readonly string[], done: string[] = []): BootInterface {
  const note = (what: string) => async () => void done.push(what);
  return {
    properties: {},
    capabilities,
    validate: note("validate boot"),
    prepareRamdisk: note("prepare ramdisk"),
    cleanUpRamdisk: note("clean up ramdisk"),
    prepareInstance: note("prepare instance"),
    cleanUpInstance: note("clean up instance"),
  };
}

const taskWith = (instance_info: JsonObject, capabilities = ["ramdisk_boot"]) =>
  testTask({ node: { instance_info, boot_interface: "ipxe" }, driver: { boot: bootThat(capabilities) } });

describe("deploy interface ramdisk", () => {
  const driver = ramdisk.make(testServices());

  it("wants kernel and ramdisk, and a boot interface that can", async () => {
    await driver.validate(taskWith(RAMDISK));
    await assert.rejects(driver.validate(taskWith({ kernel: RAMDISK.kernel })), /set kernel and ramdisk/);
    await assert.rejects(driver.validate(taskWith({ ...RAMDISK, boot_iso: "http://127.0.0.1/i" })), /virtual media/);
    await assert.rejects(driver.validate(taskWith(RAMDISK, ["pxe_boot"])), /boot interface ipxe cannot boot/);
  });

  it("takes one bootable image where the boot interface does", async () => {
    const boot = { ...bootThat(["ramdisk_boot"]), bootsIso: true };
    const task = (boot_iso: string) => testTask({ node: { instance_info: { boot_iso } }, driver: { boot } });
    await driver.validate(task("http://127.0.0.1/i.iso"));
    await assert.rejects(driver.validate(task("gopher://127.0.0.1/i.iso")), /instance_info boot_iso "gopher/);
  });

  it("has one step, which boots the instance", () => {
    assert.deepEqual(
      driver.steps?.map(({ step, flows }) => [step, flows.deploy]),
      [["deploy", 100]],
    );
  });
});

describe("deploy interface autodetect", () => {
  const driver = autodetect.make(testServices());
  const chosen = (instance_info: JsonObject) => driver.choose?.({ instance_info });

  it("takes ramdisk for what boots by itself, else direct", () => {
    assert.equal(chosen(RAMDISK), "ramdisk");
    assert.equal(chosen({ boot_iso: "http://127.0.0.1/i" }), "ramdisk");
    assert.equal(chosen({ image_source: "http://127.0.0.1/i.qcow2" }), "direct");
    assert.equal(chosen({ ...RAMDISK, image_source: "http://127.0.0.1/i" }), "direct");
    assert.equal(chosen({}), "direct");
  });

  it("validates as the one it takes", async () => {
    await driver.validate(taskWith(RAMDISK));
    await assert.rejects(driver.validate(taskWith({})), /image_source/);
  });
});

describe("deploy interface custom-agent", () => {
  it("writes no image of its own", () => {
    const steps = customAgent.make(testServices()).steps?.map((step) => step.step);
    assert.deepEqual(steps, [
      "deploy",
      "prepare_instance_boot",
      "tear_down_agent",
      "switch_to_tenant_network",
      "boot_instance",
    ]);
  });
});
