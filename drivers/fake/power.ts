/** Fake power: the state is the one recorded on the node, as it was last asked for; a new node's is unknown (null). */
import { PowerStateFailure } from "../../common/errors/driver.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { PowerState, PowerTarget } from "../../common/states.ts";
import { defineInterface } from "../base/define.ts";
import type { PowerInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { FakeScript } from "./script.ts";

class FakePower implements PowerInterface {
  readonly properties = {};
  readonly supportedStates: readonly PowerTarget[] = [
    "power on",
    "power off",
    "rebooting",
    "soft rebooting",
    "soft power off",
  ];
  readonly #read: FakeScript;
  readonly #services: DriverServices;

  constructor(services: DriverServices) {
    this.#services = services;
    this.#read = new FakeScript(services, "power");
  }

  async validate(task: Task): Promise<void> {
    this.#read.check(task);
  }

  async getPowerState(task: Task): Promise<PowerState | null> {
    await this.#read.run(task, "get");
    const state = task.node.power_state;
    return state === "power on" || state === "power off" || state === "error" ? state : null;
  }

  async setPowerState(task: Task, target: PowerTarget, options: { timeout?: number } = {}): Promise<void> {
    if (!this.supportedStates.includes(target))
      throw InvalidParameterValue({
        reason: `Power state "${target}" is not known; use one of: ${this.supportedStates.join(", ")}.`,
      });
    await task.ensureLock();
    const script = new FakeScript(this.#services, "power", (reason) => PowerStateFailure({ target, reason }));
    await script.run(task, "set", options.timeout);
  }
}

export default defineInterface("power", "fake", (services) => new FakePower(services));
