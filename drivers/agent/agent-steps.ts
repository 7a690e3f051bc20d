/**
 * Steps that the agent carries out: asked for, started, and judged by the next heartbeat (contract/agent-api.json,
 * step_completion). What is under way in the agent is written down on the node as `agent_command`.
 */
import {
  AGENT_FLOWS,
  type AgentFlow,
  bareName,
  type CommandResult,
  STEP_COMMANDS,
} from "../../common/agent-protocol.ts";
import { AgentInProgress, InstanceDeployFailure } from "../../common/errors/driver.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Flow, StoredStep } from "../../common/steps.ts";
import type { AgentVerdict, AgentWork } from "../base/interfaces.ts";
import type { DriverServices } from "../base/services.ts";
import type { StepOutcome } from "../base/steps.ts";
import type { Task } from "../base/task.ts";
import { ensureFreshStart } from "../power-to.ts";
import { commandFailure } from "./agent-failure.ts";
import type { AgentClient } from "./client.ts";
import { forgetAgent } from "./forget-agent.ts";
import { keepLogs } from "./logs.ts";
import { nodeAndPorts } from "./node-document.ts";
import { readSteps } from "./offered-steps.ts";
import { ramdiskParams } from "./ramdisk-params.ts";
import { ramdiskRuns } from "./running-ramdisk.ts";
import { STEP_ARGUMENTS, takesArguments } from "./step-arguments.ts";

const STEP_FIELDS = { clean: "clean_step", deploy: "deploy_step", service: "service_step" } as const;
/** Set by whoever reboots a machine in the middle of a flow; its step counts as ended. Names as Ironic's. */
const REBOOT_MARKS = { clean: "cleaning_reboot", deploy: "deployment_reboot", service: "servicing_reboot" } as const;
/** The first step of a deploy ends with the ramdisk's first heartbeat. */
const BOOT_STEP = "deploy";
/** Stands in `agent_command` while the agent was too busy to take the command. */
const NOT_TAKEN = "";

export class AgentSteps implements AgentWork {
  readonly #client: AgentClient;
  readonly #services: DriverServices;

  constructor(client: AgentClient, services: DriverServices) {
    this.#client = client;
    this.#services = services;
  }

  async heard(task: Task, flow: Flow | "rescue" | "inspect"): Promise<AgentVerdict> {
    if (flow === "rescue") return { verdict: "ready" };
    if (!isAgentFlow(flow)) return { verdict: "busy" };
    const step = task.node[STEP_FIELDS[flow]];
    if (typeof step.step !== "string" || isBootStep(flow, step)) return { verdict: "ready" };
    const started = task.node.driver_internal_info.agent_command;
    if (started === NOT_TAKEN) {
      await this.startStep(task, flow, asStored(step));
      return { verdict: "busy" };
    }
    const commands = await this.#client.commands(task);
    if (commands.length === 0) return this.#withoutCommands(task, flow, started);
    const last = lastOf(commands, started);
    return last === undefined ? { verdict: "busy" } : this.#judge(task, flow, step, last);
  }

  async isAtWork(task: Task, flow: Flow | "rescue" | "inspect"): Promise<boolean> {
    const started = task.node.driver_internal_info.agent_command;
    if (!isAgentFlow(flow) || typeof started !== "string" || started === NOT_TAKEN) return false;
    const step = task.node[STEP_FIELDS[flow]];
    if (typeof step.step !== "string" || isBootStep(flow, step)) return false;
    return lastOf(await this.#client.commands(task), started)?.command_status === "RUNNING";
  }

  /** An agent without commands has just started: after a reboot that was meant, or because the ramdisk died. */
  async #withoutCommands(task: Task, flow: AgentFlow, started: unknown): Promise<AgentVerdict> {
    const mark = REBOOT_MARKS[flow];
    if (task.node.driver_internal_info[mark] === true) {
      await task.remember({ [mark]: undefined, agent_command: undefined });
      return { verdict: "finished" };
    }
    if (typeof started !== "string") return { verdict: "busy" };
    await task.remember({ agent_command: undefined });
    return {
      verdict: "failed",
      message: `the agent started anew while the step ran, and the step is lost. Look at the machine's console for why the ramdisk restarted, then start again.`,
    };
  }

  async #judge(task: Task, flow: AgentFlow, step: JsonObject, last: CommandResult): Promise<AgentVerdict> {
    const words = STEP_COMMANDS[flow];
    if (last.command_name !== bareName(words.execute) || last.command_status === "RUNNING") return { verdict: "busy" };
    if (last.command_status === "CLEAN_VERSION_MISMATCH") return { verdict: "steps-changed" };
    if (last.command_status === "FAILED") {
      await task.remember({ agent_command: undefined });
      return { verdict: "failed", message: commandFailure(last) };
    }
    const done = last.command_result?.[words.step] as JsonObject | undefined;
    if (done?.step !== step.step || done?.interface !== step.interface) return { verdict: "busy" };
    await task.remember({ agent_command: undefined });
    const result = last.command_result?.[words.result];
    return {
      verdict: "finished",
      ...(step.reboot_requested === true ? { reboot: true } : {}),
      ...(result === undefined || result === null ? {} : { result: { [words.result]: result } }),
    };
  }

  runs(task: Task): Promise<boolean> {
    return ramdiskRuns(task, this.#services);
  }

  async fetchSteps(task: Task, flow: Flow): Promise<readonly StoredStep[]> {
    if (!isAgentFlow(flow)) return [];
    const words = STEP_COMMANDS[flow];
    const answer = await this.#client.execute(task, words.get, await nodeAndPorts(task), { wait: true });
    if (answer.command_status !== "SUCCEEDED")
      throw InstanceDeployFailure({
        reason: `the agent could not tell its ${flow} steps: ${commandFailure(answer)}`,
      });
    const { steps, versions, dropped } = readSteps(answer.command_result ?? {}, flow, this.#services.config);
    if (dropped.length > 0)
      this.#services.log.warn(
        { node: task.node.uuid, dropped },
        "steps of the agent that are not understood are left out",
      );
    await task.remember({
      hardware_manager_version: versions,
      [`agent_cached_${flow}_steps`]: groupByInterface(steps),
      [`agent_cached_${flow}_steps_refreshed`]: new Date().toISOString(),
    });
    return steps;
  }

  async startStep(task: Task, flow: Flow, step: StoredStep): Promise<StepOutcome> {
    if (!isAgentFlow(flow))
      throw InstanceDeployFailure({
        reason: `The agent cannot run ${step.interface}.${step.step} in the ${flow} flow.`,
      });
    const words = STEP_COMMANDS[flow];
    const params = {
      step: await this.#record(task, flow, step),
      ...(await nodeAndPorts(task)),
      [words.version]: task.node.driver_internal_info.hardware_manager_version ?? {},
    };
    try {
      const command = await this.#client.execute(task, words.execute, params, { wait: false });
      await task.remember({ agent_command: command.id === "" ? words.execute : command.id });
    } catch (error) {
      if (!AgentInProgress.matches(error)) throw error;
      this.#services.log.info(
        { node: task.node.uuid, step: step.step },
        "the agent is busy; the next heartbeat tries again",
      );
      await task.remember({ agent_command: NOT_TAKEN });
    }
    return "wait";
  }

  /** The record the agent gets; what installs the instance takes its arguments from the node. */
  async #record(task: Task, flow: AgentFlow, step: StoredStep): Promise<JsonObject> {
    if (flow !== "deploy" || step.interface !== "deploy" || !takesArguments(step.step)) return { ...step };
    const args = await STEP_ARGUMENTS[step.step](task.node, this.#services);
    return { interface: step.interface, step: step.step, args: { ...args, ...step.args } };
  }

  async rebootRamdisk(task: Task): Promise<void> {
    await forgetAgent(task);
    await task.driver.boot.prepareRamdisk(task, ramdiskParams(task, this.#services.config), "deploy");
    await ensureFreshStart(task);
  }

  async collectLogs(task: Task, label: string): Promise<string | null> {
    return keepLogs(task, label, this.#client, this.#services);
  }
}

/** The command that is noted on the node, or the newest. */
function lastOf(commands: readonly CommandResult[], started: unknown): CommandResult | undefined {
  return commands.find(({ id }) => id !== "" && id === started) ?? commands.at(-1);
}

function isAgentFlow(flow: string): flow is AgentFlow {
  return AGENT_FLOWS.some((item) => item === flow);
}

function isBootStep(flow: AgentFlow, step: JsonObject): boolean {
  return flow === "deploy" && step.interface === "deploy" && step.step === BOOT_STEP;
}

function asStored(step: JsonObject): StoredStep {
  return step as unknown as StoredStep;
}

function groupByInterface(steps: readonly StoredStep[]): JsonObject {
  const groups: Record<string, JsonObject[]> = {};
  for (const step of steps) {
    groups[step.interface] = [...(groups[step.interface] ?? []), { ...step }];
  }
  return groups;
}
