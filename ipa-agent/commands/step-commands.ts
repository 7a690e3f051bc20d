/** <flow>.get_<flow>_steps and <flow>.execute_<flow>_step for cleaning, deployment and service. */
import { AGENT_FLOWS, type AgentFlow, STEP_COMMANDS } from "../../common/agent-protocol.ts";
import type { Json, JsonObject } from "../../common/json.ts";
import { isJsonObject } from "../../common/json.ts";
import { AgentError, invalidParams, reasonText, versionMismatch } from "../errors.ts";
import type { StepContext } from "../hardware-managers/contract.ts";
import { listOf, objectOf, textOf } from "../wire.ts";
import type { Command } from "./command-board.ts";
import type { Deployment } from "./deployment.ts";
import type { CommandEnvironment } from "./environment.ts";

const FAILURES = { clean: "CleaningError", deploy: "DeploymentError", service: "ServicingError" } as const;
const OWN_STEP = { interface: "deploy", priority: 0, reboot_requested: false, abortable: false };

/** Offered by the agent itself, because it remembers what it wrote; not in cleaning. */
const OWN_STEPS: Readonly<Record<string, (deployment: Deployment, args: JsonObject) => Promise<string>>> = {
  write_image: (deployment, args) => deployment.write(args),
  execute_bootc_install: (deployment, args) => deployment.installContainer(args),
};

export function stepCommands(environment: CommandEnvironment, deployment: Deployment): Record<string, Command> {
  const table: Record<string, Command> = {};
  for (const flow of AGENT_FLOWS) {
    const names = STEP_COMMANDS[flow];
    table[names.get] = { mode: "sync", run: async (params) => getSteps(flow, params, environment) };
    table[names.execute] = { mode: "async", run: (params) => executeStep(flow, params, environment, deployment) };
  }
  return table;
}

function getSteps(flow: AgentFlow, params: JsonObject, environment: CommandEnvironment): JsonObject {
  rememberNode(params, environment);
  const { hardware } = environment;
  const lists: Record<string, Json> = {};
  for (const [manager, steps] of Object.entries(hardware.steps(flow)))
    lists[manager] = steps.map((step) => ({ ...step }));
  if (flow !== "clean") {
    const last = Object.keys(lists).at(-1) ?? "GenericHardwareManager";
    const own = lists[last];
    lists[last] = [
      ...(Array.isArray(own) ? own : []),
      ...Object.keys(OWN_STEPS).map((step) => ({ step, ...OWN_STEP })),
    ];
  }
  return { [STEP_COMMANDS[flow].steps]: lists, hardware_manager_version: hardware.versions() };
}

async function executeStep(
  flow: AgentFlow,
  params: JsonObject,
  environment: CommandEnvironment,
  deployment: Deployment,
): Promise<JsonObject> {
  const names = STEP_COMMANDS[flow];
  const step = params.step;
  if (!isJsonObject(step)) throw invalidParams("step is missing");
  const name = textOf(step, "step");
  if (name === null) throw invalidParams("step has no name");
  rememberNode(params, environment);
  checkVersion(params[names.version] ?? null, environment);
  const args = objectOf(step, "args");
  try {
    const own = flow !== "clean" && Object.hasOwn(OWN_STEPS, name) ? OWN_STEPS[name] : undefined;
    const result =
      own === undefined
        ? await environment.hardware.findStep(flow, name).run(contextOf(params, environment), args)
        : await own(deployment, args);
    return { [names.result]: result, [names.step]: step };
  } catch (error) {
    if (error instanceof AgentError) throw error;
    throw new AgentError(FAILURES[flow], `${flow} step ${name} failed: ${reasonText(error)}`, { cause: error });
  }
}

function contextOf(params: JsonObject, environment: CommandEnvironment): StepContext {
  return {
    hardware: environment.hardware,
    parameters: environment.parameters,
    node: environment.node(),
    ports: listOf(params, "ports"),
    config: environment.config(),
    progress: environment.progress,
  };
}

function rememberNode(params: JsonObject, environment: CommandEnvironment): void {
  const node = params.node;
  if (isJsonObject(node) && textOf(node, "uuid") !== null) environment.setNode(node);
}

/** Steps fetched from another set of managers must be fetched again. */
function checkVersion(expected: Json, environment: CommandEnvironment): void {
  if (!isJsonObject(expected)) return;
  const now = environment.hardware.versions();
  const same = Object.keys({ ...expected, ...now }).every((name) => expected[name] === now[name]);
  if (!same)
    throw versionMismatch(`steps were fetched from ${JSON.stringify(expected)}, now there is ${JSON.stringify(now)}`);
}
