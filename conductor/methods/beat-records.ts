/** What a heartbeat tells, written down on its node: under the lock of the work that is waiting for it, or without one. */
import type { Context } from "../../common/context.ts";
import type { EventBody } from "../../common/events.ts";
import type { Json } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Params } from "../../common/rpc/contract.ts";
import { carriedToken, tokenMatches } from "../agent-session.ts";
import { timestamp } from "../clock.ts";
import type { Core } from "../core.ts";
import { mergedInfo, type NodeTask } from "../task.ts";
import { unlessLocked } from "../unless-held.ts";

export type Beat = Params<"heartbeat">;

/** Nothing is recorded when it is not this node's agent any more: its token may have gone since the beat was judged. */
export async function recordUnder(task: NodeTask, beat: Beat): Promise<void> {
  const told: EventBody[] = [];
  await task.update(() => {
    if (!tokenMatches(task.node, beat.agent_token)) return {};
    told.push(heard(task.node, beat));
    return { driver_internal_info: task.internalInfo(news(task.core, task.node, beat)) };
  });
  for (const event of told) task.tell(event);
}

/** The node with the beat on it, in one unit and without the lock; null when it is not this agent's node any more. @throws NodeLocked */
export async function recordFree(core: Core, beat: Beat, context: Context): Promise<Node | null> {
  const ours = (node: Node) => tokenMatches(node, beat.agent_token);
  const withNews = (node: Node) => ({ driver_internal_info: mergedInfo(node, news(core, node, beat)) });
  const { before, after } = await core.stores.nodes.amend(beat.node, (node) => (ours(node) ? withNews(node) : null));
  if (after !== null) core.events.emit(before.uuid, heard(before, beat), context.request_id);
  return after;
}

/** All that is read of the node of a beat that an agent known to it sends. */
const KNOWN_BY = ["driver_internal_info", "maintenance", "conductor_group"] as const;

export type NotedNode = Pick<Node, "uuid" | "provision_state" | (typeof KNOWN_BY)[number]>;

/**
 * The beat of an agent that has called before, judged and recorded in one unit, without the lock. Null when somebody holds
 * the lock or the agent calls for the first time: then nothing is recorded. @throws what `judge` throws
 */
export async function recordKnown(
  core: Core,
  beat: Beat,
  context: Context,
  judge: (node: NotedNode) => void,
): Promise<NotedNode | null> {
  const withNews = (node: Node) => ({ driver_internal_info: mergedInfo(node, news(core, node, beat)) });
  const known = (node: Node) => node.driver_internal_info.agent_url === beat.callback_url;
  const compute = (node: Node) => {
    judge(node);
    return known(node) ? withNews(node) : null;
  };
  const amended = await unlessLocked(() => core.stores.nodes.amend(beat.node, compute, { fields: KNOWN_BY }));
  if (amended === null || amended.after === null) return null;
  const { before } = amended;
  core.events.emit(before.uuid, heard(before, beat), context.request_id);
  return before;
}

/** As keys of driver_internal_info. */
function news(core: Core, node: Node, beat: Beat): Record<string, Json | undefined> {
  return {
    ...carriedToken(node.driver_internal_info, beat.agent_token),
    agent_url: beat.callback_url,
    agent_version: beat.agent_version ?? undefined,
    agent_last_heartbeat: timestamp(core.clock()),
    agent_verify_ca: beat.agent_verify_ca ?? node.driver_internal_info.agent_verify_ca,
    agent_status: beat.agent_status ?? undefined,
    agent_status_message: beat.agent_status_message ?? undefined,
  };
}

function heard(before: Node, beat: Beat): EventBody {
  const first = before.driver_internal_info.agent_url === undefined;
  return { type: "agent.heartbeat", callback_url: beat.callback_url, first };
}
