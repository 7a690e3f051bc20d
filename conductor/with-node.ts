/** Takes a node, shared or exclusively, does the accept phase, and sends the rest into the background under the same lock. */
import type { Context } from "../common/context.ts";
import { reasonOf } from "../common/errors/fault.ts";
import { Conflict, LockLost } from "../common/errors/node.ts";
import { raceAbort } from "../common/race-abort.ts";
import type { Core } from "./core.ts";
import { ForcedAbort } from "./failures.ts";
import { endPuttingAway } from "./flows/failing.ts";
import { takeNode } from "./take-lock.ts";
import { type Job, NodeTask } from "./task.ts";
import { eitherAborts } from "./waiting.ts";

export interface Hold {
  readonly purpose: string;
  readonly context: Context;
  /** No lock: reading only. */
  readonly shared?: boolean;
  /** 1: not to wait for the lock; [conductor]node_locked_retry_attempts by default. */
  readonly attempts?: number;
}

/** @throws NodeNotFound, NodeLocked after the last try */
export async function withNode<T>(
  core: Core,
  uuid: string,
  hold: Hold,
  work: (task: NodeTask) => Promise<T>,
): Promise<T> {
  if (hold.shared === true) return readOnly(core, uuid, hold, work);
  const task = await takeNode(core, uuid, hold);
  let result: T;
  try {
    result = await raceAbort(work(task), task.signal);
  } catch (error) {
    task.takeJob()?.slot.free();
    await task.release();
    throw error instanceof ForcedAbort ? Conflict({ reason: error.message }, error) : error;
  }
  const job = task.takeJob();
  if (job === null) await task.release();
  else job.slot.run(() => runJob(task, job));
  return result;
}

/** A client that goes, or a conductor that stops, ends the reading down to its socket. */
async function readOnly<T>(core: Core, uuid: string, hold: Hold, work: (task: NodeTask) => Promise<T>): Promise<T> {
  const task = new NodeTask(core, await core.stores.nodes.getRevealed(uuid), null, hold);
  using ends = eitherAborts(core.stopping, hold.context.gone);
  const end = () => task.interrupt(Conflict({ reason: `Reading from node ${uuid} was broken off.` }));
  if (ends.signal.aborted) end();
  else ends.signal.addEventListener("abort", end);
  return await raceAbort(work(task), task.signal);
}

async function runJob(task: NodeTask, job: Job): Promise<void> {
  let holder = task;
  task.answered();
  try {
    await raceAbort(job.work(task), task.signal);
  } catch (error) {
    if (LockLost.matches(error)) {
      task.log.warn({ purpose: task.purpose }, "the lock was lost: the work stopped without saving");
    } else {
      task.log.warn({ error, purpose: task.purpose }, "work on a node failed");
      holder = await fail(task.supersede(), job, error);
    }
  } finally {
    await holder.release();
  }
}

/**
 * Returns the task that holds the lock then. When even the fail state cannot be saved, the lock goes and the recovery
 * pass finds the node; cleaning up that is itself broken off ends with a word about it.
 */
async function fail(task: NodeTask, job: Job, error: unknown): Promise<NodeTask> {
  try {
    await raceAbort(job.failed(task, error), task.broken);
    return task;
  } catch (second) {
    if (task.broken.aborted && !LockLost.matches(second)) return leaveAsItIs(task.supersede(), second);
    task.log.error({ error: second }, "the failure of work on a node could not be recorded; recovery will");
    return task;
  }
}

async function leaveAsItIs(task: NodeTask, reason: unknown): Promise<NodeTask> {
  try {
    await endPuttingAway(task, `${task.node.last_error ?? ""} ${reasonOf(reason)}`.trim());
  } catch (error) {
    task.log.error({ error }, "what became of a machine that was put away could not be told");
  }
  return task;
}
