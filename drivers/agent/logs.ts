/** Keeps the ramdisk's logs after a failure: best effort, since the agent may be what failed. */
import { mkdir, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { reasonOf } from "../../common/errors/fault.ts";
import type { DriverServices } from "../base/services.ts";
import type { Task } from "../base/task.ts";
import type { AgentClient } from "./client.ts";

/** Path of the archive (a gzipped tar), or null when there is none. */
export async function keepLogs(
  task: Task,
  label: string,
  client: AgentClient,
  services: DriverServices,
): Promise<string | null> {
  const { config, log } = services;
  if (config.agent.deploy_logs_collect === "never" || typeof task.node.driver_internal_info.agent_url !== "string")
    return null;
  try {
    const answer = await client.execute(task, "log.collect_system_logs", {}, { wait: true });
    const logs = answer.command_result?.system_logs;
    if (typeof logs !== "string" || logs === "") return null;
    const folder = resolve(config.DEFAULT.state_path, config.agent.deploy_logs_local_path);
    const path = resolve(folder, fileName(task.node.uuid, label));
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(path, Buffer.from(logs, "base64"), { mode: 0o600 });
    return path;
  } catch (error) {
    log.warn({ node: task.node.uuid, error: reasonOf(error) }, "the ramdisk's logs could not be fetched");
    return null;
  }
}

function fileName(node: string, label: string): string {
  const when = new Date().toISOString().replace(/[:.]/g, "-");
  return `${node}_${label.replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60)}_${when}.tar.gz`;
}
