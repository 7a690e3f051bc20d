/**
 * Deploy interface `autodetect`: the instance says which of the others deploys it. The conductor puts that one in its place
 * when a deploy starts (conductor/deploy-choice.ts); cleaning and servicing are the agent's.
 */
import type { Node } from "../../common/objects/node.ts";
import { defineInterface } from "../base/define.ts";
import type { AgentWork, DeployInterface } from "../base/interfaces.ts";
import type { StepDef, StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { textOf } from "../reading.ts";
import { AgentDeploy, WRITES_IMAGE } from "./direct.ts";
import { RamdiskDeploy } from "./ramdisk.ts";

class AutodetectDeploy implements DeployInterface {
  readonly properties = {};
  readonly steps: readonly StepDef[] = [
    { step: "deploy", flows: { deploy: 100 }, abortable: true, run: async () => "done" },
  ];
  readonly agent: AgentWork;
  readonly #direct: AgentDeploy;
  readonly #ramdisk: RamdiskDeploy;

  constructor(direct: AgentDeploy, ramdisk: RamdiskDeploy) {
    this.#direct = direct;
    this.#ramdisk = ramdisk;
    this.agent = direct.agent;
  }

  choose({ instance_info }: Pick<Node, "instance_info">): "ramdisk" | "direct" {
    const given = (key: string) => textOf(instance_info[key]) !== null;
    const boots = given("boot_iso") || (given("kernel") && given("ramdisk"));
    return boots && !given("image_source") ? "ramdisk" : "direct";
  }

  #chosen(task: Task): DeployInterface {
    return this.choose(task.node) === "ramdisk" ? this.#ramdisk : this.#direct;
  }

  validate(task: Task): Promise<void> {
    return this.#chosen(task).validate(task);
  }

  prepare(task: Task): Promise<void> {
    return this.#chosen(task).prepare(task);
  }

  tearDown(task: Task): Promise<StepOutcome> {
    return this.#direct.tearDown(task);
  }

  cleanUp(task: Task): Promise<void> {
    return this.#direct.cleanUp(task);
  }

  takeOver(task: Task): Promise<void> {
    return this.#direct.takeOver(task);
  }

  prepareCleaning(task: Task, flow: "clean" | "service"): Promise<StepOutcome> {
    return this.#direct.prepareCleaning(task, flow);
  }

  tearDownCleaning(task: Task, flow: "clean" | "service"): Promise<void> {
    return this.#direct.tearDownCleaning(task, flow);
  }
}

export default defineInterface(
  "deploy",
  "autodetect",
  (services) => new AutodetectDeploy(new AgentDeploy(WRITES_IMAGE, services), new RamdiskDeploy(services)),
);
