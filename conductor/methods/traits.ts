/** Methods that set and take away a node's traits. */
import { NodeTraitNotFound } from "../../common/errors/node.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import { MAX_TRAITS } from "../../common/traits.ts";
import type { Core } from "../core.ts";
import { withNode } from "../with-node.ts";

export function traitMethods(core: Core): Pick<Handlers, "addNodeTraits" | "removeNodeTraits"> {
  return {
    addNodeTraits: (p, context) =>
      withNode(core, p.node, { purpose: "add node traits", context }, async (task) => {
        const traits = [...new Set(p.replace ? p.traits : [...task.node.traits, ...p.traits])];
        if (traits.length > MAX_TRAITS)
          throw InvalidParameterValue({
            reason: `Node ${p.node} cannot have ${traits.length} traits; at most ${MAX_TRAITS} are possible.`,
          });
        await task.save({ traits });
      }),
    removeNodeTraits: (p, context) =>
      withNode(core, p.node, { purpose: "remove node traits", context }, async (task) => {
        const absent = p.traits?.find((trait) => !task.node.traits.includes(trait));
        if (absent !== undefined) throw NodeTraitNotFound({ node: p.node, trait: absent });
        const removed = p.traits ?? task.node.traits;
        await task.save({ traits: task.node.traits.filter((trait) => !removed.includes(trait)) });
      }),
  };
}
