/**
 * Nodes with their secrets in clear, for callers whom an operator's policy file lets see them (show_password,
 * show_instance_secrets; nobody by default). They are read one by one and never kept. What agents are known by stays masked.
 */
import type { Node } from "../../common/objects/node.ts";
import type { Reveals } from "../policy/enforce.ts";
import { publicNode } from "../resources/public-node.ts";
import type { Services } from "../services.ts";

export async function revealedNode(
  { stores }: Pick<Services, "stores">,
  uuid: string,
  reveals: Reveals,
): Promise<Node> {
  const node = await stores.nodes.getRevealed(uuid);
  const { driver_info, instance_info } = node;
  return {
    ...publicNode(node),
    ...(reveals.driver ? { driver_info } : {}),
    ...(reveals.instance ? { instance_info } : {}),
  };
}
