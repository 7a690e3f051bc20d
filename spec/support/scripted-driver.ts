/**
 * A plug-in driver whose agent is a script of the test: deploy interface `scripted` for fake-hardware. What a heartbeat
 * means, which steps the agent offers and what it was told stand in `agentOf(node)`.
 */
import type { RequestedStep, StoredStep } from "../../common/steps.ts";
import { defineInterface } from "../../drivers/base/define.ts";
import type { AgentVerdict, AgentWork, DeployInterface } from "../../drivers/base/interfaces.ts";
import type { Task } from "../../drivers/base/task.ts";
import { powerTo } from "../../drivers/power-to.ts";

export interface ScriptedAgent {
  /** Answers of the next heartbeats, in order; "busy" when there is none left. A function runs instead of an answer. */
  readonly verdicts: (AgentVerdict | ((task: Task) => Promise<AgentVerdict>))[];
  steps: readonly StoredStep[];
  /** Names of what was asked of the driver, in order. */
  readonly calls: string[];
  /** Whether the agent is still at its step, as it says when it is asked without the lock; false when absent. */
  atWork?: () => Promise<boolean>;
  /** Runs while the named call is carried out. */
  during: Record<string, (task: Task) => Promise<unknown>>;
}

const agents = new Map<string, ScriptedAgent>();

export function agentOf(node: string): ScriptedAgent {
  const known = agents.get(node) ?? { verdicts: [], steps: [], calls: [], during: {} };
  agents.set(node, known);
  return known;
}

export const SCRIPTED_PLUGIN = import.meta.filename;

async function called(task: Task, name: string): Promise<void> {
  const agent = agentOf(task.node.uuid);
  agent.calls.push(name);
  await agent.during[name]?.(task);
}

const agentWork: AgentWork = {
  isAtWork: async (task) => (await agentOf(task.node.uuid).atWork?.()) ?? false,
  async heard(task) {
    await called(task, "heard");
    const next = agentOf(task.node.uuid).verdicts.shift() ?? { verdict: "busy" };
    return typeof next === "function" ? next(task) : next;
  },
  async fetchSteps(task) {
    await called(task, "fetchSteps");
    return agentOf(task.node.uuid).steps;
  },
  async startStep(task, _flow, step) {
    await called(task, `start ${step.step}`);
    return "wait";
  },
  async collectLogs(task) {
    await called(task, "collectLogs");
    return null;
  },
};

const deploy: DeployInterface = {
  properties: {},
  agent: agentWork,
  steps: [
    {
      step: "deploy",
      flows: { deploy: 100 },
      abortable: true,
      async run(task) {
        await powerTo(task, "power on");
        await called(task, "deploy");
        return "wait";
      },
    },
    {
      step: "boot_instance",
      flows: { deploy: 20 },
      abortable: true,
      async run(task) {
        await called(task, "boot_instance");
        await powerTo(task, "rebooting");
        return "done";
      },
    },
  ],
  async validate(task) {
    await agentOf(task.node.uuid).during.validate?.(task);
  },
  prepare: (task) => called(task, "prepare"),
  async tearDown(task) {
    await called(task, "tearDown");
    await powerTo(task, "power off");
    return "done";
  },
  cleanUp: (task) => called(task, "cleanUp"),
  takeOver: (task) => called(task, "takeOver"),
  async prepareCleaning(task, flow) {
    await called(task, `prepareCleaning ${flow}`);
    await powerTo(task, "power on");
    return "wait";
  },
  async tearDownCleaning(task, flow) {
    await called(task, `tearDownCleaning ${flow}`);
    await powerTo(task, "power off");
  },
};

/** A step as an agent offers it. */
export function agentStep(step: string, priority: number, more: Partial<StoredStep> = {}): StoredStep {
  return { interface: "deploy", step, priority, abortable: true, ...more };
}

export function asked(step: string, more: Partial<RequestedStep> = {}): RequestedStep {
  return { interface: "deploy", step, ...more };
}

export default {
  interfaces: [defineInterface("deploy", "scripted", () => deploy)],
  hardwareTypes: [{ name: "fake-hardware", supports: { deploy: ["scripted"] } }],
};
