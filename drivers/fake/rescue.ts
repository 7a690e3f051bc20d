/** Fake rescue: the node is in rescue, or out of it, at once. */
import { defineInterface } from "../base/define.ts";
import type { RescueInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { FakeScript } from "./script.ts";

class FakeRescue implements RescueInterface {
  readonly properties = {};
  readonly #script: FakeScript;

  constructor(services: DriverServices) {
    this.#script = new FakeScript(services, "rescue");
  }

  async validate(task: Task): Promise<void> {
    this.#script.check(task);
  }

  async rescue(task: Task): Promise<StepOutcome> {
    return this.#script.run(task, "rescue");
  }

  async unrescue(task: Task): Promise<void> {
    await this.#script.run(task, "unrescue");
  }

  async cleanUp(task: Task): Promise<void> {
    await this.#script.run(task, "clean_up");
  }
}

export default defineInterface("rescue", "fake", (services) => new FakeRescue(services));
