/** Fake inspection: done at once, finds nothing. */
import { HardwareInspectionFailure } from "../../common/errors/driver.ts";
import { defineInterface } from "../base/define.ts";
import type { InspectInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { FakeScript } from "./script.ts";

class FakeInspect implements InspectInterface {
  readonly properties = {};
  readonly #script: FakeScript;

  constructor(services: DriverServices) {
    this.#script = new FakeScript(services, "inspect", (reason) => HardwareInspectionFailure({ reason }));
  }

  async validate(task: Task): Promise<void> {
    this.#script.check(task);
  }

  async inspectHardware(task: Task): Promise<StepOutcome> {
    return this.#script.run(task, "inspect");
  }

  async abort(task: Task): Promise<void> {
    await this.#script.run(task, "abort");
  }
}

export default defineInterface("inspect", "fake", (services) => new FakeInspect(services));
