/** Which steps run, in which order: priorities, ties, the user's over built-in ones, the agent's beside them. */
import assert from "node:assert/strict";
import { defaultConfig } from "../../../../common/config/config.ts";
import type { StoredStep } from "../../../../common/steps.ts";
import { mergeAgentSteps } from "../../../../conductor/steps/collect.ts";
import { deployList, extendedList } from "../../../../conductor/steps/deploy-list.ts";
import { inOrder, stepName } from "../../../../conductor/steps/order.ts";
import { checkSteps, refuseRamdiskSteps } from "../../../../conductor/steps/validate.ts";

const step = (name: string, priority: number, where: StoredStep["interface"] = "deploy"): StoredStep => ({
  interface: where,
  step: name,
  priority,
  abortable: true,
  argsinfo: null,
});
const names = (steps: readonly StoredStep[]) => steps.map(stepName);

describe("lists of steps", () => {
  const builtIn = [step("deploy", 100), step("write_image", 80), step("boot_instance", 20)];

  it("puts higher priorities first, and among equals vendor, power, management, firmware, deploy, bios, raid", () => {
    const kinds = ["raid", "bios", "deploy", "firmware", "management", "power", "vendor"] as const;
    const steps = [...kinds.map((kind) => step("x", 10, kind)), step("first", 11, "raid")];
    assert.deepEqual(names(inOrder(steps)), ["raid.first", ...[...kinds].reverse().map((kind) => `${kind}.x`)]);
  });

  it("merges a user's deploy steps by priority; priority 0 switches a built-in one off", () => {
    const asked = [
      { interface: "deploy", step: "write_image", priority: 0 },
      { interface: "power", step: "reboot", priority: 50 },
    ] as const;
    const { steps } = deployList("n", asked, builtIn);
    assert.deepEqual(names(steps), ["deploy.deploy", "power.reboot", "deploy.boot_instance"]);
  });

  it("does not let a user replace the core deploy step", () => {
    assert.throws(() => deployList("n", [{ interface: "deploy", step: "deploy", priority: 1 }], builtIn), {
      code: 400,
    });
  });

  it("keeps unknown deploy steps for the agent to offer", () => {
    const { unknown } = deployList("n", [{ interface: "deploy", step: "inject_files", priority: 70 }], builtIn);
    assert.deepEqual(
      unknown.map((one) => one.step),
      ["inject_files"],
    );
  });

  it("leaves what has run in front when the agent's steps come in", () => {
    const all = inOrder([...builtIn, step("early", 120), step("late", 10)]);
    assert.deepEqual(names(extendedList(builtIn.slice(0, 1), all)), [
      "deploy.deploy",
      "deploy.early",
      "deploy.write_image",
      "deploy.boot_instance",
      "deploy.late",
    ]);
  });

  it("prefers the interface's step to the agent's of the same name, and configured priorities to the agent's", () => {
    const config = defaultConfig({ deploy: { erase_devices_priority: "0" } });
    const merged = mergeAgentSteps(
      [step("write_image", 80)],
      [step("write_image", 0), step("erase_devices", 10)],
      "clean",
      config,
    );
    assert.deepEqual(
      merged.map((one) => [one.step, one.priority]),
      [
        ["write_image", 80],
        ["erase_devices", 0],
      ],
    );
  });

  it("names every wrong argument at once", () => {
    const offered = [{ ...step("flash", 0), argsinfo: { image: { description: "URL", required: true } } }];
    const asked = [{ interface: "deploy", step: "flash", args: { speed: 1 } }] as const;
    assert.throws(
      () => checkSteps("clean", "n", asked, offered),
      /unexpected arguments: speed; .*required arguments: image \(URL\)/,
    );
  });

  it("refuses ramdisk steps without ramdisk", () => {
    assert.throws(() => refuseRamdiskSteps("clean", "n", [step("erase", 0)]), /requires booting a ramdisk/);
    refuseRamdiskSteps("clean", "n", [{ ...step("x", 0), requires_ramdisk: false }, step("power_on", 0, "power")]);
  });
});
