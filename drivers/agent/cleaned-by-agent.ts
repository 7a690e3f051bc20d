/**
 * What deploy interfaces have in common whose machines are installed without the agent: the agent takes the instance down,
 * cleans and services.
 */
import type { AgentWork, DeployInterface } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { AgentDeploy, WRITES_NOTHING } from "./direct.ts";

export abstract class CleanedByAgent implements DeployInterface {
  readonly properties = {};
  readonly steps: readonly StepDef[] = [
    { step: "deploy", flows: { deploy: 100 }, abortable: true, run: (task) => this.deploy(task) },
  ];
  readonly agent: AgentWork;
  readonly #cleaning: AgentDeploy;

  /** `agentOf`: who works in a deploy, where it is not the agent itself. */
  constructor(services: DriverServices, agentOf: (agent: AgentWork) => AgentWork = (agent) => agent) {
    this.#cleaning = new AgentDeploy(WRITES_NOTHING, services);
    this.agent = agentOf(this.#cleaning.agent);
  }

  abstract validate(task: Task): Promise<void>;
  abstract prepare(task: Task): Promise<void>;
  protected abstract deploy(task: Task): Promise<StepOutcome>;

  tearDown(task: Task): Promise<StepOutcome> {
    return this.#cleaning.tearDown(task);
  }

  cleanUp(task: Task): Promise<void> {
    return this.#cleaning.cleanUp(task);
  }

  /** Boot files lie in the database. */
  async takeOver(): Promise<void> {}

  prepareCleaning(task: Task, flow: "clean" | "service"): Promise<StepOutcome> {
    return this.#cleaning.prepareCleaning(task, flow);
  }

  tearDownCleaning(task: Task, flow: "clean" | "service"): Promise<void> {
    return this.#cleaning.tearDownCleaning(task, flow);
  }
}
