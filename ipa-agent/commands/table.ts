/** Every command of the agent by its name (contract/agent-api.json, commands). */
import { COMMAND_MODES, type CommandName } from "../../common/agent-protocol.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { installBootloader } from "../boot-entry/install-bootloader.ts";
import { AgentError, invalidParams, reasonText } from "../errors.ts";
import { collectInventory } from "../inventory/inventory.ts";
import { logBundle } from "../logs/log-bundle.ts";
import { flagOf, listOf, textOf } from "../wire.ts";
import type { Command, CommandTable } from "./command-board.ts";
import { Deployment } from "./deployment.ts";
import type { CommandEnvironment } from "./environment.ts";
import { stepCommands } from "./step-commands.ts";

type Run = (params: JsonObject) => Promise<Json>;

export function commandTable(environment: CommandEnvironment): CommandTable {
  const deployment = new Deployment(environment);
  const runs: Partial<Record<CommandName, Run>> = {
    "standby.prepare_image": (params) => deployment.write(params),
    "standby.get_partition_uuids": async () => ({ result: { ...deployment.uuids } }),
    "standby.run_image": () => power(environment, "reboot"),
    "standby.power_off": () => power(environment, "power off"),
    "standby.sync": async () => {
      await environment.hardware.method("sync")();
      return null;
    },
    "standby.execute_bootc_install": (params) => deployment.installContainer(params),
    "image.install_bootloader": (params) => installBootloader(params, environment, deployment),
    "rescue.finalize_rescue": (params) => finalizeRescue(params, environment),
    "log.collect_system_logs": async () => ({
      system_logs: await logBundle(environment.hardware, environment.journal),
    }),
    "poll.get_hardware_info": () =>
      collectInventory(environment.hardware, environment.parameters, {
        askBmc: !flagOf(environment.config(), "agent_skip_bmc_detect"),
      }),
    "poll.set_node_info": async (params) => setNodeInfo(params, environment),
    "system.lockdown": () => lockdown(environment),
  };
  const table: Record<string, Command> = stepCommands(environment, deployment);
  for (const [name, run] of Object.entries(runs)) {
    const mode = Object.entries(COMMAND_MODES).find(([known]) => known === name)?.[1] ?? "async";
    table[name] = { mode, run };
  }
  table["flow.start_flow"] = { mode: "async", run: (params) => startFlow(params, table) };
  return table;
}

/** Answers first: the connection must not end before the conductor has read that the command has begun. */
async function power(environment: CommandEnvironment, action: "power off" | "reboot"): Promise<string> {
  environment.stopHeartbeats();
  await environment.hardware.method("sync")();
  await environment.progress.settled();
  await environment.hardware.method("power")(action);
  return `${action} is under way`;
}

async function finalizeRescue(params: JsonObject, environment: CommandEnvironment): Promise<Json> {
  const password = textOf(params, "rescue_password");
  if (password === null) throw invalidParams("rescue_password is missing");
  try {
    await environment.hardware.method("setRescuePassword")(password, flagOf(params, "hashed"));
  } catch (error) {
    throw new AgentError("RescueError", `rescue access could not be set up: ${reasonText(error)}`);
  }
  environment.stopHeartbeats();
  return "rescue mode is set up: ssh as user rescue";
}

function setNodeInfo(params: JsonObject, environment: CommandEnvironment): Json {
  const info = params.node_info;
  if (!isJsonObject(info)) throw invalidParams("node_info is missing");
  if (isJsonObject(info.node)) environment.setNode(info.node);
  return null;
}

async function lockdown(environment: CommandEnvironment): Promise<Json> {
  environment.stopHeartbeats();
  await environment.hardware.method("sync")();
  // After the answer is through.
  setTimeout(() => {
    environment.hardware
      .method("takeNetworkDown")()
      .catch((error: unknown) => environment.journal.info(`lockdown: ${reasonText(error)}`));
  }, LOCKDOWN_DELAY_MS);
  return null;
}

const LOCKDOWN_DELAY_MS = 2000;

async function startFlow(params: JsonObject, table: CommandTable): Promise<Json> {
  const results: Json[] = [];
  for (const part of listOf(params, "flow")) {
    if (!isJsonObject(part)) throw invalidParams("each part of flow is an object {command: params}");
    for (const [name, given] of Object.entries(part)) {
      const command = Object.hasOwn(table, name) && name !== "flow.start_flow" ? table[name] : undefined;
      if (command === undefined) throw invalidParams(`flow names an unknown command ${name}`);
      results.push(await command.run(isJsonObject(given) ? given : {}));
    }
  }
  return { result: results };
}
