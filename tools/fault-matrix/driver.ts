/**
 * The driver plug-in of the fault matrix: power, boot and deploy interfaces whose machines are files, and which write
 * every action that must not happen twice into the file FERRIC_STEP_LOG, as it begins and as it ends. A line outlives
 * every kill. Nodes with the deploy interface `direct` have an agent instead (agents.ts).
 */
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../../drivers/base/define.ts";
import type { BootInterface, DeployInterface, PowerInterface } from "../../drivers/base/interfaces.ts";
import type { DriverServices } from "../../drivers/base/services.ts";
import type { StepDef, StepOutcome } from "../../drivers/base/steps.ts";
import type { Task } from "../../drivers/base/task.ts";
import { ensureOff, powerTo } from "../../drivers/power-to.ts";
import { changeMachine, readMachine, switchPower } from "./machine-file.ts";
import { appendStep, type StepLine } from "./step-log.ts";

const FILE = process.env.FERRIC_STEP_LOG ?? "/dev/null";
const POWER_MS: Span = [100, 400];
const WRITE_MS: Span = [1500, 6000];
const ERASE_MS: Span = [1000, 4000];

const SWITCHED = ["power on", "power off", "rebooting"] as const;

type Span = readonly [least: number, most: number];

/** An action on the machine: told before and after, under the lock. */
async function act(
  services: DriverServices,
  task: Task,
  action: string,
  [least, most]: Span,
  effect: () => void = () => {},
): Promise<void> {
  await task.ensureLock();
  note(services, task, action, "begin");
  await services.sleep(least + Math.random() * (most - least), task.signal);
  effect();
  note(services, task, action, "end");
}

function note(services: DriverServices, task: Task, action: string, phase: StepLine["phase"]): void {
  const { uuid: node, extra, provision_state, deploy_step, clean_step } = task.node;
  const run = typeof extra.run === "number" ? extra.run : 0;
  const place = [provision_state, deploy_step.step ?? clean_step.step ?? ""].join(" ").trim();
  const host = services.config.DEFAULT.host;
  appendStep(FILE, { node, run, action, place, phase, host, pid: process.pid, purpose: task.purpose });
}

class LoggedPower implements PowerInterface {
  readonly properties = {};
  readonly supportedStates: readonly PowerTarget[] = SWITCHED;
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    this.#services = services;
  }

  async validate(): Promise<void> {}

  async getPowerState(task: Task): Promise<PowerState> {
    return readMachine(FILE, task.node.uuid).power;
  }

  async setPowerState(task: Task, target: PowerTarget): Promise<void> {
    const known = SWITCHED.find((one) => one === target);
    if (known === undefined) throw new Error(`no machine here can do "${target}"`);
    await act(this.#services, task, target, POWER_MS, () => switchPower(FILE, task.node.uuid, known));
  }
}

/** Decides what the machine boots next, as a boot device does. */
class LoggedBoot implements BootInterface {
  readonly properties = {};
  readonly capabilities = [];

  async validate(): Promise<void> {}

  async prepareRamdisk(task: Task): Promise<void> {
    changeMachine(FILE, task.node.uuid, { boots: "ramdisk" });
  }

  async cleanUpRamdisk(): Promise<void> {}

  async prepareInstance(task: Task): Promise<void> {
    changeMachine(FILE, task.node.uuid, { boots: "disk" });
  }

  async cleanUpInstance(): Promise<void> {}
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
    defineInterface("boot", "logged", () => new LoggedBoot()),
    defineInterface("deploy", "logged", (services) => new LoggedDeploy(services)),
  ],
  hardwareTypes: [{ name: "fake-hardware", supports: { power: ["logged"], boot: ["logged"], deploy: ["logged"] } }],
};
