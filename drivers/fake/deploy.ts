/** Fake deploy: no agent, one step, done at once, unless the script asks for a deploy in stages. */
import { InstanceDeployFailure } from "../../common/errors/driver.ts";
import { defineInterface } from "../base/define.ts";
import type { DeployInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { FakeScript } from "./script.ts";
import { runStages } from "./stages.ts";

class FakeDeploy implements DeployInterface {
  readonly properties = {};
  readonly steps: readonly StepDef[];
  readonly #script: FakeScript;

  constructor(services: DriverServices) {
    this.#script = new FakeScript(services, "deploy", (reason) => InstanceDeployFailure({ reason }));
    this.steps = [{ step: "deploy", flows: { deploy: 100 }, abortable: true, run: (task) => this.#deploy(task) }];
  }

  async validate(task: Task): Promise<void> {
    this.#script.check(task);
  }

  async #deploy(task: Task): Promise<StepOutcome> {
    await task.ensureLock();
    await runStages(task, this.#script);
    return this.#script.run(task, "deploy");
  }

  async prepare(task: Task): Promise<void> {
    await this.#script.run(task, "prepare");
  }

  async tearDown(task: Task): Promise<StepOutcome> {
    return this.#script.run(task, "tear_down");
  }

  async cleanUp(task: Task): Promise<void> {
    await this.#script.run(task, "clean_up");
  }

  async takeOver(task: Task): Promise<void> {
    await this.#script.run(task, "take_over");
  }

  async prepareCleaning(task: Task): Promise<StepOutcome> {
    return this.#script.run(task, "prepare_cleaning");
  }

  async tearDownCleaning(task: Task): Promise<void> {
    await this.#script.run(task, "tear_down_cleaning");
  }
}

export default defineInterface("deploy", "fake", (services) => new FakeDeploy(services));
