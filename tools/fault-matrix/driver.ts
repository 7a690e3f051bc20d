/**
 * The driver plug-in of the fault matrix: power and deploy interfaces that touch nothing, and write every action that
 * must not happen twice into the file FERRIC_STEP_LOG, as it begins and as it ends. A line outlives every kill.
 */
import { appendFileSync } from "node:fs";
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../../drivers/base/define.ts";
import type { DeployInterface, PowerInterface } from "../../drivers/base/interfaces.ts";
import type { DriverServices } from "../../drivers/base/services.ts";
import type { StepDef, StepOutcome } from "../../drivers/base/steps.ts";
import type { Task } from "../../drivers/base/task.ts";
import { ensureOff, powerTo } from "../../drivers/power-to.ts";
import type { StepLine } from "./step-log.ts";

const FILE = process.env.FERRIC_STEP_LOG ?? "/dev/null";
const POWER_MS: Span = [100, 400];
const WRITE_MS: Span = [1500, 6000];
const ERASE_MS: Span = [1000, 4000];

type Span = readonly [least: number, most: number];

/** An action on the machine: told before and after, under the lock. */
async function act(services: DriverServices, task: Task, action: string, [least, most]: Span): Promise<void> {
  await task.ensureLock();
  note(services, task, action, "begin");
  await services.sleep(least + Math.random() * (most - least), task.signal);
  note(services, task, action, "end");
}

function note(services: DriverServices, task: Task, action: string, phase: StepLine["phase"]): void {
  const { uuid: node, extra } = task.node;
  const run = typeof extra.run === "number" ? extra.run : 0;
  const host = services.config.DEFAULT.host;
  const line: StepLine = { at: Date.now(), node, run, action, phase, host, pid: process.pid, purpose: task.purpose };
  appendFileSync(FILE, `${JSON.stringify(line)}\n`);
}

class LoggedPower implements PowerInterface {
  readonly properties = {};
  readonly supportedStates: readonly PowerTarget[] = ["power on", "power off", "rebooting"];
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    this.#services = services;
  }

  async validate(): Promise<void> {}

  async getPowerState(task: Task): Promise<PowerState> {
    return task.node.power_state === "power on" ? "power on" : "power off";
  }

  setPowerState(task: Task, target: PowerTarget): Promise<void> {
    return act(this.#services, task, target, POWER_MS);
  }
}

class LoggedDeploy implements DeployInterface {
  readonly properties = {};
  readonly steps: readonly StepDef[];

  constructor(services: DriverServices) {
    const does =
      (action: string, span: Span) =>
      async (task: Task): Promise<StepOutcome> => {
        await act(services, task, action, span);
        return "done";
      };
    const powers =
      (target: PowerTarget) =>
      async (task: Task): Promise<StepOutcome> => {
        await powerTo(task, target);
        return "done";
      };
    this.steps = [
      { step: "deploy", flows: { deploy: 100 }, abortable: true, run: powers("power on") },
      { step: "write_image", flows: { deploy: 80 }, abortable: true, run: does("write image", WRITE_MS) },
      { step: "boot_instance", flows: { deploy: 60 }, run: powers("rebooting") },
      { step: "erase_devices", flows: { clean: 10 }, abortable: true, run: does("erase disks", ERASE_MS) },
    ];
  }

  async validate(): Promise<void> {}
  async prepare(): Promise<void> {}
  async cleanUp(): Promise<void> {}
  async takeOver(): Promise<void> {}
  async tearDownCleaning(): Promise<void> {}

  async tearDown(task: Task): Promise<StepOutcome> {
    await ensureOff(task);
    return "done";
  }

  async prepareCleaning(): Promise<StepOutcome> {
    return "done";
  }
}

export default {
  interfaces: [
    defineInterface("power", "logged", (services) => new LoggedPower(services)),
    defineInterface("deploy", "logged", (services) => new LoggedDeploy(services)),
  ],
  hardwareTypes: [{ name: "fake-hardware", supports: { power: ["logged"], deploy: ["logged"] } }],
};
