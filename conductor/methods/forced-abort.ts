/**
 * forceAbort: frees a node from whatever is under way on it, within seconds and whatever its driver does. The work is
 * superseded and fenced, the flow goes to its fail state, the machine is left alone, and a note says what to look at.
 */
import type { Context } from "../../common/context.ts";
import { Conflict, NodeLocked } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import { can } from "../../common/provision-machine.ts";
import type { Handlers, Params } from "../../common/rpc/contract.ts";
import { timestamp } from "../clock.ts";
import type { Core } from "../core.ts";
import { ForcedAbort } from "../failures.ts";
import { unknownPower } from "../flows/failing.ts";
import { FLOW_OF_STATE, failFlow } from "../flows/table.ts";
import { recoverFreed } from "../periodic/recovery.ts";
import { addHistory } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";
import { type Asked, unfinishedNote } from "../unfinished.ts";
import { withNode } from "../with-node.ts";

/** How long work that was broken off may take to record it; then its lock is taken away. */
const GIVE_WAY_MS = 3000;

const PURPOSE = "forced abort";

type Request = Params<"forceAbort">;

export function forcedAbortMethods(core: Core): Pick<Handlers, "forceAbort" | "settleNode"> {
  return {
    forceAbort: (p, context) => forceAbort(core, p, context),
    settleNode: async (p) => {
      const node = await core.stores.nodes.get(p.node);
      const running = core.running.get(p.node);
      if (running !== undefined && running.lockNumber !== node.lock_number) running.lose();
      if (node.reservation === null) await recoverFreed(core, node, "its lock was released by an administrator");
    },
  };
}

async function forceAbort(core: Core, p: Request, context: Context) {
  const asked = { reason: p.reason, user: context.user ?? null, at: timestamp(core.clock()) };
  const running = core.running.get(p.node);
  const note = running === undefined ? null : await breakOff(core, running, asked);
  if (running === undefined) await releaseStray(core, await core.stores.nodes.get(p.node));
  return withNode(core, p.node, { purpose: PURPOSE, context }, (task) => end(task, note, asked));
}

/** Returns the note, made while the work still stood as it was. */
async function breakOff(core: Core, running: NodeTask, asked: Asked): Promise<string> {
  const note = unfinishedNote(running, asked);
  const { node, lockNumber } = running;
  core.log.warn({ node: node.uuid, purpose: running.purpose, reason: asked.reason }, "work is broken off by force");
  running.breakOff(new ForcedAbort(note));
  if (await core.running.whenReleased(node.uuid, GIVE_WAY_MS)) return note;
  if (lockNumber !== null) await core.stores.nodes.breakLock(node.uuid, lockNumber);
  const left = core.running.get(node.uuid);
  if (left !== undefined) {
    left.lose();
    core.running.leave(left);
  }
  return note;
}

/** A lock that nobody here works under: of this process it is a stray one, of another one it is not ours to take. @throws NodeLocked */
async function releaseStray(core: Core, node: Node): Promise<void> {
  if (node.reservation === null) return;
  const conductors = await core.stores.conductors.list(core.config.conductor.heartbeat_timeout);
  const owner = conductors.find(({ boot_id, alive }) => alive && boot_id === node.lock_owner);
  if (owner !== undefined && owner.boot_id !== core.bootId)
    throw NodeLocked({ node: node.uuid, host: node.reservation, purpose: node.lock_purpose, since: node.lock_since });
  await core.stores.nodes.breakLock(node.uuid, node.lock_number);
}

/** What the work itself has not put into order. @throws Conflict when nothing was under way */
async function end(task: NodeTask, told: string | null, asked: Asked) {
  const state = task.node.provision_state;
  const inFlow = FLOW_OF_STATE[state] !== undefined;
  if (told === null && !inFlow)
    throw Conflict({
      reason: `Nothing is under way on node ${task.node.uuid} (state ${state}, not locked): there is nothing to abort.`,
    });
  const note = told ?? unfinishedNote(task, asked);
  task.leaveMachine();
  if (inFlow) await failFlow(task, new ForcedAbort(note), can(state, "fail") ? "fail" : "abort");
  const untold = task.node.last_error?.includes(note) !== true;
  await task.update(() => ({ ...unknownPower(task.node), ...(untold && { last_error: note }) }));
  await addHistory(task, { type: PURPOSE, severity: "ERROR", text: note });
  const { uuid, provision_state, last_error } = task.node;
  return { node: uuid, provision_state, note, last_error };
}
