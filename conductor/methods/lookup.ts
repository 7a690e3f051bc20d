/** lookupNode: the agent finds its node and gets, once, the token that every heartbeat must carry. */
import type { Context } from "../../common/context.ts";
import { LockLost, NodeLocked } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Handlers, LookupNode } from "../../common/rpc/contract.ts";
import { maskSecrets } from "../../common/secrets.ts";
import { agentConfig, newToken, shownToken, TOKEN_ISSUER_KEY, TOKEN_KEY } from "../agent-session.ts";
import type { Core } from "../core.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";

/** The longest that a task which has ended may take to give its lock back. */
const GIVING_BACK_MS = 5000;
/** What is answered, and what the agent's configuration depends on. */
const READ = ["uuid", "properties", "instance_info", "driver_internal_info", "management_interface"];

export function lookupMethods(core: Core): Pick<Handlers, "lookupNode"> {
  return {
    lookupNode: async (p, context) => {
      const found = await core.stores.nodes.getRevealed(p.node, { fields: READ });
      const known = shownToken(found.driver_internal_info, core.bootId);
      const token = known !== null || p.issue_token === false ? known : await issueToken(core, p.node, context);
      if (typeof found.driver_internal_info.agent_url !== "string") core.lastHeard.started(p.node);
      else if (known !== null) core.lastHeard.startedAnew(p.node, p.address, core.clock());
      core.events.emit(p.node, { type: "agent.lookup", address: p.address }, context.request_id);
      // What was read stands unless the token has just come.
      const node = known === token ? found : await core.stores.nodes.getRevealed(p.node, { fields: READ });
      return { node: masked(node), agent_token: token, config: agentConfig(core.config, node, token) };
    },
  };
}

function masked({ uuid, properties, instance_info, driver_internal_info }: Node): LookupNode {
  return {
    uuid,
    properties,
    instance_info: maskSecrets(instance_info),
    driver_internal_info: maskSecrets(driver_internal_info),
  };
}

/** Null when the task was just giving its lock back. */
function unlessOver(error: unknown): null {
  if (LockLost.matches(error)) return null;
  throw error;
}

/** The task that has just started the machine may still hold it: it then stores the token itself. @throws NodeLocked */
async function issueToken(core: Core, uuid: string, context: Context): Promise<string> {
  const store = async (task: NodeTask): Promise<string> => {
    const known = shownToken(task.node.driver_internal_info, core.bootId);
    if (known !== null) return known;
    const token = newToken();
    await task.remember({ [TOKEN_KEY]: token, [TOKEN_ISSUER_KEY]: core.bootId });
    return token;
  };
  const holder = core.running.get(uuid);
  if (holder !== undefined && !holder.signal.aborted) {
    const token = await store(holder).catch(unlessOver);
    if (token !== null) return token;
    await core.running.whenReleased(uuid, GIVING_BACK_MS);
  }
  try {
    return await withNode(core, uuid, { purpose: "agent lookup", context, attempts: 1 }, store);
  } catch (error) {
    const taken = core.running.get(uuid);
    if (!NodeLocked.matches(error) || taken === undefined) throw error;
    return store(taken);
  }
}
