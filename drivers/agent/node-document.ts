/** The node and its ports as the agent gets them with step commands: secrets masked, locks left out. */
import type { JsonObject } from "../../common/json.ts";
import { maskSecrets } from "../../common/secrets.ts";
import type { Task } from "../base/task.ts";

export async function nodeAndPorts(task: Task): Promise<{ node: JsonObject; ports: readonly JsonObject[] }> {
  const { lock_number, lock_owner, lock_purpose, lock_since, ...shown } = task.node;
  const ports = await task.ports();
  return { node: maskSecrets({ ...shown }), ports: ports.map((port) => ({ ...port })) };
}
