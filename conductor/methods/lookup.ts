/** lookupNode: the agent finds its node and gets, once, the token that every heartbeat must carry. */
import type { Node } from "../../common/objects/node.ts";
import type { Handlers, LookupNode } from "../../common/rpc/contract.ts";
import { maskSecrets } from "../../common/secrets.ts";
import { agentConfig } from "../agent-session.ts";
import type { Core } from "../core.ts";
import { TokenIssue } from "../token-issue.ts";

/** What is answered, and what the agent's configuration depends on. */
const READ = ["uuid", "properties", "instance_info", "driver_internal_info", "management_interface"];

export function lookupMethods(core: Core): Pick<Handlers, "lookupNode"> {
  const tokens = new TokenIssue(core);
  const read = (uuid: string) => core.stores.nodes.getRevealed(uuid, { fields: READ });
  return {
    lookupNode: async (p, context) => {
      const found = await read(p.node);
      const known = tokens.known(found);
      const answer = (node: Node, token: string | null) => {
        if (typeof found.driver_internal_info.agent_url !== "string") core.lastHeard.started(p.node);
        else if (known !== null) core.lastHeard.startedAnew(p.node, p.address, core.clock());
        core.events.emit(p.node, { type: "agent.lookup", address: p.address }, context.request_id);
        return { node: masked(node), agent_token: token, config: agentConfig(core.config, node, token) };
      };
      if (known !== null || p.issue_token === false) return answer(found, known);
      return tokens.issue(p.node, context, async (token) => answer(await read(p.node), token));
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
