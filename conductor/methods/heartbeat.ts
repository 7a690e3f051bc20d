/**
 * heartbeat: token first, in constant time; then the answer; then the flow goes on. A beat that finds the node locked by
 * work of this process waits for that work's end instead of being lost: the next one may be minutes away. Where no flow
 * waits for it, or the agent is still at its step, a beat is only recorded, without the lock; the beats of an agent that
 * is known are recorded before the answer, in the unit that reads the token.
 */

import { checkCallbackAddress } from "../../common/callback-address.ts";
import type { Context } from "../../common/context.ts";
import { NodeLocked } from "../../common/errors/node.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import { wait } from "../../common/wait.ts";
import { tokenMatches } from "../agent-session.ts";
import type { Core } from "../core.ts";
import { agentIsAtWork } from "../flows/at-work.ts";
import { followBeat, isWaiting } from "../flows/in-band.ts";
import { failFlow } from "../flows/table.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { HEARTBEAT } from "./accept.ts";
import { type Beat, type NotedNode, recordFree, recordKnown, recordUnder } from "./beat-records.ts";

/** How long a beat waits for the node; by then the agent has sent the next one. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 250;
/** What of a node tells whether the beat is its agent's. */
const CHECKED = ["driver_internal_info", "conductor_group"];

/** Whether the node's agent is still at work, so that the beat need not be followed up. */
type Asking = (node: Node) => Promise<boolean>;

interface Delivery {
  readonly beat: Beat;
  /** Conductor group of its node. */
  readonly group: string;
  readonly context: Context;
  readonly isLatest: () => boolean;
  readonly asking: Asking;
  /** It has been recorded already. */
  readonly noted: boolean;
}

/** One question at a time to each agent. A beat that comes meanwhile asks again afterwards: it may tell the end of the step. */
class Inquiries {
  readonly #core: Core;
  readonly #open = new Map<string, Promise<boolean>>();

  constructor(core: Core) {
    this.#core = core;
  }

  async ask(node: Node, isLatest: () => boolean): Promise<boolean> {
    for (let open = this.#open.get(node.uuid); open !== undefined; open = this.#open.get(node.uuid)) {
      await open.catch(() => {});
      if (!isLatest()) return true;
    }
    const asked = agentIsAtWork(this.#core, node);
    this.#open.set(node.uuid, asked);
    try {
      return await asked;
    } finally {
      this.#open.delete(node.uuid);
    }
  }
}

export function heartbeatMethods(core: Core): Pick<Handlers, "heartbeat"> {
  /** The newest beat of a node that waits for its lock; an older one gives way. */
  const latest = new Map<string, Beat>();
  const inquiries = new Inquiries(core);
  return {
    heartbeat: async (beat, context) => {
      const noted = await recordKnown(core, beat, context, (node) => judge(core, node, beat));
      if (noted !== null && !followsUp(noted)) {
        // An older one that waits for the lock has nothing newer to tell.
        latest.delete(beat.node);
        return;
      }
      const group = noted?.conductor_group ?? (await check(core, beat));
      const slot = core.pool.claim("short");
      latest.set(beat.node, beat);
      const isLatest = () => latest.get(beat.node) === beat;
      const asking = (node: Node) => inquiries.ask(node, isLatest);
      const delivery = { beat, group, context, isLatest, asking, noted: noted !== null };
      void deliver(core, delivery, slot).finally(() => {
        if (isLatest()) latest.delete(beat.node);
      });
    },
  };
}

/** Answers the node's conductor group. @throws InvalidParameterValue, NodeNotFound */
async function check(core: Core, beat: Beat): Promise<string> {
  const node = await core.stores.nodes.getRevealed(beat.node, { fields: CHECKED });
  judge(core, node, beat);
  // One that is known has been judged already.
  if (node.driver_internal_info.agent_url === undefined && beat.callback_url !== "")
    await checkCallbackAddress(beat.callback_url, core.config.agent.allowed_callback_networks);
  return node.conductor_group;
}

/** @throws InvalidParameterValue when it is not this node's agent that calls */
function judge(core: Core, node: Pick<Node, "driver_internal_info">, beat: Beat): void {
  if (!tokenMatches(node, beat.agent_token))
    throw InvalidParameterValue({
      reason: `The agent_token of the heartbeat for node ${beat.node} is missing or wrong; the agent must look the node up again.`,
    });
  if (beat.agent_version === null && !beat.agent_status)
    throw InvalidParameterValue({ reason: `The heartbeat for node ${beat.node} lacks agent_version.` });
  // An installer reports and is never called.
  if (beat.callback_url === "" && beat.agent_status) return;
  if (core.config.agent.require_tls && !beat.callback_url.toLowerCase().startsWith("https://"))
    throw InvalidParameterValue({
      reason: `callback_url ${beat.callback_url} is not https, which [agent]require_tls demands.`,
    });
  const known = node.driver_internal_info.agent_url;
  if (typeof known === "string" && known !== beat.callback_url)
    throw InvalidParameterValue({
      reason: `callback_url ${beat.callback_url} differs from the one that node ${beat.node} has called in with before.`,
    });
}

/** Never rejects. A beat that waits holds no worker. */
async function deliver(core: Core, delivery: Delivery, claimed: WorkerSlot): Promise<void> {
  const { beat, group, context, isLatest } = delivery;
  const until = core.services.now() + PATIENCE_MS;
  let slot: WorkerSlot | null = claimed;
  for (;;) {
    try {
      slot ??= await core.pool.next(group, core.stopping);
      if (slot === null) return;
      if ((await dealtWithout(core, delivery)) || !(await take(core, beat, context, slot))) slot.free();
      return;
    } catch (error) {
      slot?.free();
      slot = null;
      const left = until - core.services.now();
      if (!NodeLocked.matches(error) || left <= 0 || !isLatest() || core.stopping.aborted) {
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
  await recordUnder(holder, beat).catch((error: unknown) =>
    core.log.debug({ error }, "a heartbeat came as its task ended"),
  );
  await core.running.whenReleased(beat.node, left);
}

/** True when the beat has been dealt with: the node waits for none, this is not its agent's, or the agent is still at work. @throws NodeLocked */
async function dealtWithout(core: Core, { beat, context, asking, noted }: Delivery): Promise<boolean> {
  const node = noted ? await core.stores.nodes.getRevealed(beat.node) : await recordFree(core, beat, context);
  return node === null || !followsUp(node) || (await asking(node));
}

/** Whether a flow waits for the beat. */
function followsUp(node: NotedNode): boolean {
  return !node.maintenance && isWaiting(node.provision_state);
}

/** True when the slot's work has started. @throws NodeLocked */
function take(core: Core, beat: Beat, context: Context, slot: WorkerSlot): Promise<boolean> {
  return withNode(core, beat.node, { purpose: HEARTBEAT, context, attempts: 1 }, async (task) => {
    if (!tokenMatches(task.node, beat.agent_token)) return false;
    if (!followsUp(task.node)) return false;
    task.later({ slot, work: followBeat, failed });
    return true;
  });
}

/** While the node still waits nothing has been begun: the next beat, an abort or the timeout decides. */
async function failed(task: NodeTask, error: unknown): Promise<void> {
  if (isWaiting(task.node.provision_state)) task.log.warn({ error }, "the follow-up of a heartbeat was broken off");
  else await failFlow(task, error);
}
