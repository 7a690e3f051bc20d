/**
 * heartbeat: token first, in constant time; then the answer; then the flow goes on. A beat that finds the node locked by
 * work of this process waits for that work's end instead of being lost: the next one may be minutes away. Where no flow
 * waits for it, a beat is only recorded, in one unit and without the lock.
 */
import type { Context } from "../../common/context.ts";
import { NoFreeConductorWorker } from "../../common/errors/driver.ts";
import { NodeLocked } from "../../common/errors/node.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { EventBody } from "../../common/events.ts";
import type { Json } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Handlers, Params } from "../../common/rpc/contract.ts";
import { tokenMatches } from "../agent-session.ts";
import { checkCallbackAddress } from "../callback-address.ts";
import { timestamp } from "../clock.ts";
import type { Core } from "../core.ts";
import { followBeat, isWaiting } from "../flows/in-band.ts";
import { failFlow } from "../flows/table.ts";
import { mergedInfo, type NodeTask } from "../task.ts";
import { wait } from "../waiting.ts";
import { withNode } from "../with-node.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { HEARTBEAT } from "./accept.ts";

type Beat = Params<"heartbeat">;

/** How long a beat waits for the node; by then the agent has sent the next one. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 250;
/** What of a node tells whether the beat is its agent's. */
const CHECKED = ["driver_internal_info"];

export function heartbeatMethods(core: Core): Pick<Handlers, "heartbeat"> {
  /** The newest beat of a node that waits for its lock; an older one gives way. */
  const latest = new Map<string, Beat>();
  return {
    heartbeat: async (beat, context) => {
      await check(core, beat);
      const slot = core.pool.claim("short");
      latest.set(beat.node, beat);
      const isLatest = () => latest.get(beat.node) === beat;
      void deliver(core, beat, context, slot, isLatest).finally(() => {
        if (isLatest()) latest.delete(beat.node);
      });
    },
  };
}

async function check(core: Core, beat: Beat): Promise<void> {
  const node = await core.stores.nodes.getRevealed(beat.node, { fields: CHECKED });
  if (!tokenMatches(node, beat.agent_token))
    throw InvalidParameterValue({
      reason: `The agent_token of the heartbeat for node ${beat.node} is missing or wrong; the agent must look the node up again.`,
    });
  if (beat.agent_version === null && !beat.agent_status)
    throw InvalidParameterValue({ reason: `The heartbeat for node ${beat.node} lacks agent_version.` });
  if (core.config.agent.require_tls && !beat.callback_url.toLowerCase().startsWith("https://"))
    throw InvalidParameterValue({
      reason: `callback_url ${beat.callback_url} is not https, which [agent]require_tls demands.`,
    });
  const known = node.driver_internal_info.agent_url;
  if (typeof known === "string" && known !== beat.callback_url)
    throw InvalidParameterValue({
      reason: `callback_url ${beat.callback_url} differs from the one that node ${beat.node} has called in with before.`,
    });
  // One that is known has been judged already.
  if (known === undefined) await checkCallbackAddress(beat.callback_url, core.config.agent.allowed_callback_networks);
}

/** Never rejects. A beat that waits holds no worker. */
async function deliver(
  core: Core,
  beat: Beat,
  context: Context,
  claimed: WorkerSlot,
  isLatest: () => boolean,
): Promise<void> {
  const until = core.services.now() + PATIENCE_MS;
  let slot: WorkerSlot | null = claimed;
  for (;;) {
    try {
      slot ??= core.pool.claim("short");
      if ((await recordAtRest(core, beat, context)) || !(await take(core, beat, context, slot))) slot.free();
      return;
    } catch (error) {
      slot?.free();
      slot = null;
      const left = until - core.services.now();
      const worthWaiting = NodeLocked.matches(error) || NoFreeConductorWorker.matches(error);
      if (!worthWaiting || left <= 0 || !isLatest() || core.stopping.aborted) {
        core.log.warn({ error, node: beat.node }, "a heartbeat could not be followed up; the next one will be");
        return;
      }
      await patience(core, beat, left);
    }
  }
}

/** The work that holds the node may itself be what this beat answers: it learns of the agent at once. */
async function patience(core: Core, beat: Beat, left: number): Promise<void> {
  const holder = core.running.get(beat.node);
  if (holder === undefined) return wait(Math.min(RETRY_MS, left), core.stopping);
  await record(holder, beat).catch((error: unknown) => core.log.debug({ error }, "a heartbeat came as its task ended"));
  await core.running.whenReleased(beat.node, left);
}

/** True when the beat has been dealt with: the node waits for none, or this is not its agent's. @throws NodeLocked */
async function recordAtRest(core: Core, beat: Beat, context: Context): Promise<boolean> {
  const ours = (node: Node) => tokenMatches(node, beat.agent_token);
  const node = await core.stores.nodes.amend(beat.node, (current) =>
    followsUp(current) || !ours(current)
      ? null
      : { driver_internal_info: mergedInfo(current, news(core, current, beat)) },
  );
  if (followsUp(node)) return false;
  if (ours(node)) core.events.emit(node.uuid, heard(node, beat), context.request_id);
  return true;
}

/** Whether a flow waits for the beat. */
function followsUp(node: Node): boolean {
  return !node.maintenance && isWaiting(node.provision_state);
}

/** True when the slot's work has started. @throws NodeLocked */
function take(core: Core, beat: Beat, context: Context, slot: WorkerSlot): Promise<boolean> {
  return withNode(core, beat.node, { purpose: HEARTBEAT, context, attempts: 1 }, async (task) => {
    if (!tokenMatches(task.node, beat.agent_token)) return false;
    await record(task, beat);
    if (!followsUp(task.node)) return false;
    task.later({ slot, work: followBeat, failed });
    return true;
  });
}

async function record(task: NodeTask, beat: Beat): Promise<void> {
  const before = task.node;
  await task.update(() => ({ driver_internal_info: task.internalInfo(news(task.core, task.node, beat)) }));
  task.tell(heard(before, beat));
}

/** What a beat tells, as keys of driver_internal_info. */
function news(core: Core, node: Node, beat: Beat): Record<string, Json | undefined> {
  return {
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

/** While the node still waits nothing has been begun: the next beat, an abort or the timeout decides. */
async function failed(task: NodeTask, error: unknown): Promise<void> {
  if (isWaiting(task.node.provision_state)) task.log.warn({ error }, "the follow-up of a heartbeat was broken off");
  else await failFlow(task, error);
}
