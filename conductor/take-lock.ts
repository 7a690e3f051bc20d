/**
 * Takes a node's lock. Short work that finds it taken waits a little, in line behind those who asked before; it goes on
 * in the moment the lock is given back, and leaves the line when whoever asked for it has gone.
 */
import { NodeLocked } from "../common/errors/node.ts";
import { wait } from "../common/wait.ts";
import type { Core } from "./core.ts";
import { NodeTask } from "./task.ts";
import { eitherAborts } from "./waiting.ts";
import type { Hold } from "./with-node.ts";

/** The longest pause between two looks at a lock of another process, which cannot tell us that it is free. */
const LOOK_MS = 250;

/** @throws NodeLocked naming the holder once the time to wait is over, NodeNotFound */
export async function takeNode(core: Core, uuid: string, hold: Hold): Promise<NodeTask> {
  const { tally } = core.lines;
  try {
    const task = await takeOrWait(core, uuid, hold);
    tally.taken.add();
    return task;
  } catch (error) {
    if (NodeLocked.matches(error)) tally.refused.add();
    throw error;
  }
}

async function takeOrWait(core: Core, uuid: string, hold: Hold): Promise<NodeTask> {
  const limit = patience(core, hold);
  if (core.lines.length(uuid) > 0) {
    if (limit === 0) throw await lockedFault(core, uuid);
    return takeInLine(core, uuid, hold, limit);
  }
  try {
    return await take(core, uuid, hold);
  } catch (error) {
    if (!NodeLocked.matches(error) || limit === 0) throw error;
    return takeInLine(core, uuid, hold, limit);
  }
}

async function takeInLine(core: Core, uuid: string, hold: Hold, limit: number): Promise<NodeTask> {
  const began = performance.now();
  const until = began + limit;
  const left = () => until - performance.now();
  using given = eitherAborts(core.stopping, hold.context.gone);
  const gone = given.signal;
  const place = core.lines.join(uuid);
  try {
    if (!(await place.first(limit, gone))) throw await lockedFault(core, uuid);
    for (;;) {
      await core.running.whenReleased(uuid, left(), gone);
      try {
        return await take(core, uuid, hold);
      } catch (error) {
        if (!NodeLocked.matches(error) || left() <= 0 || gone.aborted) throw error;
        // A lock of this process tells when it is free, another one's is looked at again and again.
        if (core.running.get(uuid) === undefined) await wait(Math.min(left(), LOOK_MS), gone);
        if (gone.aborted) throw error;
      }
    }
  } finally {
    core.lines.tally.waited.add((performance.now() - began) / 1000);
    place.leave();
  }
}

/** Milliseconds: [conductor]node_locked_retry_attempts tries take so long. */
function patience(core: Core, hold: Hold): number {
  const { node_locked_retry_attempts, node_locked_retry_interval } = core.config.conductor;
  const attempts = hold.attempts ?? Math.max(1, node_locked_retry_attempts);
  return (attempts - 1) * node_locked_retry_interval * 1000;
}

async function take(core: Core, uuid: string, hold: Hold): Promise<NodeTask> {
  const request = { host: core.hostname, bootId: core.bootId, purpose: hold.purpose };
  await core.members.ensureAlive();
  const { ticket, node } = await core.stores.nodes.reserve(uuid, request);
  const task = new NodeTask(core, node, ticket, hold);
  core.running.enter(task);
  task.tell({ type: "lock", status: "taken", purpose: hold.purpose, host: core.hostname });
  return task;
}

/** What one in the middle of the line is told: who holds the lock, or that it passes from hand to hand. */
async function lockedFault(core: Core, uuid: string) {
  const { reservation, lock_purpose, lock_since } = await core.stores.nodes.get(uuid);
  if (reservation === null) return NodeLocked({ node: uuid, host: core.hostname, purpose: "requests before this one" });
  return NodeLocked({ node: uuid, host: reservation, purpose: lock_purpose, since: lock_since });
}
