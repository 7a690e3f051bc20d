/** What an earlier ramdisk left on the node must not be taken for the next one's. */
import type { Task } from "../base/task.ts";
import { canSwitchOff } from "../power-to.ts";

/** A machine that only its agent can restart keeps the way to that agent; the restart itself ends it. */
export async function forgetAgent(task: Task): Promise<void> {
  const pregenerated = task.node.driver_internal_info.agent_secret_token_pregenerated === true;
  await task.remember({
    agent_command: undefined,
    ...(canSwitchOff(task)
      ? {
          agent_url: undefined,
          agent_verify_ca: undefined,
          agent_secret_token_first: undefined,
          ...(pregenerated ? {} : { agent_secret_token: undefined }),
        }
      : {}),
  });
}
