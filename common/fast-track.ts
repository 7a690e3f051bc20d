/** Fast track: a flow goes on with a ramdisk that runs already. What API, conductor and drivers must agree on. */
import { writtenOf } from "./json.ts";
import type { Node } from "./objects/node.ts";

const TRUE = /^\s*(?:true|t|1|yes|y|on)\s*$/i;

/** driver_info fast_track goes before `configured`, which is [deploy]fast_track. */
export function wantsFastTrack(node: Pick<Node, "driver_info">, configured: boolean): boolean {
  const own = node.driver_info.fast_track;
  return own === undefined || own === null ? configured : TRUE.test(writtenOf(own));
}

/** Whether the node's agent, where it has one, has called in during the last `seconds`. `now`: milliseconds since the epoch. */
export function agentHeard(node: Pick<Node, "driver_internal_info">, seconds: number, now: number): boolean {
  const { agent_url, agent_last_heartbeat } = node.driver_internal_info;
  if (typeof agent_url !== "string" || typeof agent_last_heartbeat !== "string") return false;
  return now - Date.parse(agent_last_heartbeat) <= seconds * 1000;
}
