/**
 * Whether the operating system on a node's machine has an agent to ask. Apart from host.ts, so that a conductor without any
 * does not load what asks it.
 */
import type { Node } from "../../../common/objects/node.ts";

export function hasHostAgent({ driver_info }: Pick<Node, "driver_info">): boolean {
  const address = driver_info.host_snmp_address;
  return address !== undefined && address !== null && address !== "";
}
