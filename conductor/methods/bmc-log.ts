/** What was last said to a node's controller, as far as this conductor remembers it. */
import type { Handlers } from "../../common/rpc/contract.ts";
import type { Core } from "../core.ts";

export function bmcLogMethods(core: Core): Pick<Handlers, "bmcLog"> {
  return { bmcLog: async ({ node }) => core.bmcLog?.of(node) ?? [] };
}
