/** A conductor works with nodes whose secrets are in place; what it answers is masked before anything else is done. */
import type { Node } from "../../common/objects/node.ts";
import { maskSecrets } from "../../common/secrets.ts";

export function publicNode(node: Node): Node {
  return {
    ...node,
    driver_info: maskSecrets(node.driver_info),
    instance_info: maskSecrets(node.instance_info),
    driver_internal_info: maskSecrets(node.driver_internal_info),
  };
}
