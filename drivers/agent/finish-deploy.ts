/** From the written image to the running instance: boot loader, shutdown of the ramdisk, start from the disk. */
import type { CommandResult, PartitionUuids } from "../../common/agent-protocol.ts";
import { bareName } from "../../common/agent-protocol.ts";
import { InstanceDeployFailure } from "../../common/errors/driver.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { isJsonObject, type Json } from "../../common/json.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import { canSwitchOff, powerTo } from "../power-to.ts";
import { ramdiskBootMode } from "../pxe/boot-device.ts";
import { booleanOf } from "../reading.ts";
import { commandFailure } from "./agent-failure.ts";
import type { AgentClient } from "./client.ts";

const POWER_POLL_MS = 500;
const FIRST_WAIT_MS = 250;

export interface Finishing {
  readonly client: AgentClient;
  readonly services: DriverServices;
}

/** UEFI firmware needs an entry for what was written; a whole disk for BIOS carries its boot loader. */
export async function prepareBoot(task: Task, { client, services }: Finishing): Promise<void> {
  const answer = await client.execute(task, "standby.get_partition_uuids", {}, { wait: true });
  if (ramdiskBootMode(task.node, services.config) === "uefi") {
    const uuids = partitionUuids(answer.command_result?.result);
    const params = {
      root_uuid: uuids["root uuid"] ?? null,
      efi_system_part_uuid: uuids["efi system partition uuid"] ?? null,
      prep_boot_part_uuid: uuids["PReP Boot partition uuid"] ?? null,
      target_boot_mode: "uefi",
    };
    const started = await client.execute(task, "image.install_bootloader", params, { wait: false });
    const ended = await untilEnded(task, { client, services }, started, "image.install_bootloader");
    if (ended.command_status !== "SUCCEEDED")
      throw InstanceDeployFailure({ reason: `the boot loader could not be installed: ${commandFailure(ended)}` });
  }
  await task.driver.boot.prepareInstance(task);
}

function partitionUuids(value: Json | undefined): PartitionUuids {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, typeof item === "string" ? item : null]));
}

/** Asks often at first and then less often; gives up after command_wait_attempts times command_wait_interval. */
async function untilEnded(
  task: Task,
  { client, services }: Finishing,
  started: CommandResult,
  name: string,
): Promise<CommandResult> {
  const { command_wait_attempts: attempts, command_wait_interval: interval } = services.config.agent;
  const end = services.now() + attempts * interval * 1000;
  let current = started;
  for (let wait = FIRST_WAIT_MS; current.command_status === "RUNNING"; wait = Math.min(wait * 1.5, interval * 1000)) {
    if (services.now() >= end)
      throw InstanceDeployFailure({
        reason: `${name} did not end on node ${task.node.uuid} within ${attempts * interval} s; look at the ramdisk's console, or raise [agent]command_wait_attempts.`,
      });
    await services.sleep(wait, task.signal);
    const commands = await client.commands(task);
    const mine = commands.find((command) => command.id === started.id);
    current = mine ?? commands.findLast((command) => command.command_name === bareName(name)) ?? lost(task, name);
  }
  return current;
}

function lost(task: Task, name: string): never {
  throw InstanceDeployFailure({
    reason: `The agent of node ${task.node.uuid} does not know of ${name} any more: it has started anew. Look at the machine's console, then deploy again.`,
  });
}

/** Ends the ramdisk: softly through the agent, and by the BMC if that does not do. */
export async function tearDownAgent(task: Task, { client, services }: Finishing): Promise<void> {
  if (!canSwitchOff(task)) {
    await client.execute(task, "standby.sync", {}, { wait: true });
    return;
  }
  if (booleanOf(task.node.driver_info.deploy_forces_oob_reboot) === true) {
    await client.execute(task, "standby.sync", {}, { wait: true });
    await powerTo(task, "power off");
    return;
  }
  if ((await shutDown(task, client, services)) && (await isOffSoon(task, services))) {
    const from = task.node.power_state;
    await task.save({ power_state: "power off" });
    task.tell({ type: "node.power", from, to: "power off", requested: "soft power off" });
    return;
  }
  services.log.warn({ node: task.node.uuid }, "the ramdisk did not shut down by itself; switching the machine off");
  await powerTo(task, "power off");
}

async function shutDown(task: Task, client: AgentClient, services: DriverServices): Promise<boolean> {
  try {
    await client.execute(task, "standby.power_off", {}, { wait: false });
    return true;
  } catch (error) {
    task.signal.throwIfAborted();
    services.log.warn({ node: task.node.uuid, error: reasonOf(error) }, "the agent could not be asked to shut down");
    return false;
  }
}

async function isOffSoon(task: Task, services: DriverServices): Promise<boolean> {
  const { post_deploy_get_power_state_retries: retries, post_deploy_get_power_state_retry_interval: interval } =
    services.config.agent;
  const end = services.now() + retries * interval * 1000;
  while (services.now() < end) {
    if ((await task.driver.power.getPowerState(task)) === "power off") return true;
    await services.sleep(POWER_POLL_MS, task.signal);
  }
  return false;
}

export async function switchToTenantNetwork(task: Task): Promise<void> {
  await task.ensureLock();
  await task.driver.network.removeProvisioningNetwork(task);
  await task.driver.network.configureTenantNetworks(task);
}

export async function bootInstance(task: Task): Promise<void> {
  await powerTo(task, canSwitchOff(task) ? "power on" : "rebooting");
}
