/** No deployment: the states change and nothing else does. */
import { defineInterface } from "../base/define.ts";
import type { DeployInterface } from "../base/interfaces.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";

class NoopDeploy implements DeployInterface {
  readonly properties = {};
  readonly steps: readonly StepDef[] = [
    { step: "deploy", flows: { deploy: 100 }, abortable: true, run: async () => "done" },
  ];

  async validate(): Promise<void> {}
  async prepare(): Promise<void> {}
  async cleanUp(): Promise<void> {}
  async takeOver(): Promise<void> {}
  async tearDownCleaning(): Promise<void> {}

  async tearDown(): Promise<StepOutcome> {
    return "done";
  }

  async prepareCleaning(): Promise<StepOutcome> {
    return "done";
  }
}

export default defineInterface("deploy", "noop", () => new NoopDeploy());
