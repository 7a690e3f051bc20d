/**
 * The installer as the agent of a deploy: it is never called, but reports start, end and errors by heartbeats (agent_status,
 * contract/agent-api.json). What is left to do after the end are steps of this process. Cleaning and servicing are the agent's.
 */
import { InstanceDeployFailure } from "../../common/errors/driver.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Flow, StoredStep } from "../../common/steps.ts";
import { bootInstance, switchToTenantNetwork } from "../agent/finish-deploy.ts";
import type { AgentVerdict, AgentWork } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { canSwitchOff, powerTo } from "../power-to.ts";
import { textOf } from "../reading.ts";

const INSTALLING = "deploy";
const POWER_POLL_MS = 1000;
/** Ferric's own kickstart ends with poweroff: what comes before it, such as writing back and unmounting, may take its time. */
const OWN_END_MS = 300_000;
const LONGEST_MESSAGE = 2000;

interface Finishing {
  readonly priority: number;
  run(task: Task, services: DriverServices): Promise<void>;
}

/** Named and ordered as in the deploys of the agent. */
const FINISHING: Readonly<Record<string, Finishing>> = {
  prepare_instance_boot: { priority: 60, run: (task) => task.driver.boot.prepareInstance(task) },
  tear_down_agent: { priority: 40, run: endInstaller },
  switch_to_tenant_network: { priority: 30, run: switchToTenantNetwork },
  boot_instance: { priority: 20, run: bootInstance },
};

export class InstallerReports implements AgentWork {
  readonly #agent: AgentWork;
  readonly #services: DriverServices;

  constructor(agent: AgentWork, services: DriverServices) {
    this.#agent = agent;
    this.#services = services;
  }

  async heard(task: Task, flow: Flow | "rescue" | "inspect"): Promise<AgentVerdict> {
    if (flow !== "deploy") return this.#agent.heard(task, flow);
    const { deploy_step: step } = task.node;
    return step.interface === "deploy" && step.step === INSTALLING ? verdictOf(task.node) : { verdict: "busy" };
  }

  async isAtWork(task: Task, flow: Flow | "rescue" | "inspect"): Promise<boolean> {
    return flow !== "deploy" && (await this.#agent.isAtWork?.(task, flow)) === true;
  }

  async fetchSteps(task: Task, flow: Flow): Promise<readonly StoredStep[]> {
    if (flow !== "deploy") return this.#agent.fetchSteps(task, flow);
    const steps = Object.entries(FINISHING);
    return steps.map(([step, { priority }]) => ({ interface: "deploy", step, priority, abortable: true }));
  }

  async startStep(task: Task, flow: Flow, step: StoredStep): Promise<StepOutcome> {
    if (flow !== "deploy") return this.#agent.startStep(task, flow, step);
    const finishing =
      step.interface === "deploy" && Object.hasOwn(FINISHING, step.step) ? FINISHING[step.step] : undefined;
    if (finishing === undefined)
      throw InstanceDeployFailure({
        reason: `${step.interface}.${step.step} is a step of the agent, which does not run in a deploy by anaconda; leave it out.`,
      });
    await finishing.run(task, this.#services);
    return "done";
  }

  async rebootRamdisk(task: Task): Promise<void> {
    await this.#agent.rebootRamdisk?.(task);
  }

  /** An installer hands out none. */
  async collectLogs(task: Task, label: string): Promise<string | null> {
    return task.node.provision_state.startsWith("deploy") ? null : this.#agent.collectLogs(task, label);
  }
}

function verdictOf({ driver_internal_info: info }: Node): AgentVerdict {
  if (info.agent_status === "end") return { verdict: "finished" };
  if (info.agent_status !== "error") return { verdict: "busy" };
  const words = printable(textOf(info.agent_status_message) ?? "it gives no reason");
  return { verdict: "failed", message: `the installer reports: ${words}` };
}

function printable(text: string): string {
  return [...text.slice(0, LONGEST_MESSAGE)]
    .map((letter) => (letter < " " ? " " : letter))
    .join("")
    .trim();
}

/** It switches the machine off or starts it anew by itself after its last report; one that does neither is switched off. */
async function endInstaller(task: Task, { config, now, sleep }: DriverServices): Promise<void> {
  if (!canSwitchOff(task)) return;
  const { post_deploy_get_power_state_retries: retries, post_deploy_get_power_state_retry_interval: interval } =
    config.agent;
  const own = textOf(task.node.instance_info.ks_template) === null && config.anaconda.default_ks_template === null;
  const end = now() + (own ? OWN_END_MS : retries * interval * 1000);
  while (now() < end) {
    if ((await task.driver.power.getPowerState(task)) === "power off") {
      await task.save({ power_state: "power off" });
      return;
    }
    await sleep(POWER_POLL_MS, task.signal);
  }
  await powerTo(task, "power off");
}
