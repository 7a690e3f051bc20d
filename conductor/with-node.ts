/** Takes a node, shared or exclusively, does the accept phase, and sends the rest into the background under the same lock. */
import type { Context } from "../common/context.ts";
import { LockLost, NodeLocked } from "../common/errors/node.ts";
import type { Core } from "./core.ts";
import { type Job, NodeTask } from "./task.ts";
import { raceAbort, wait } from "./waiting.ts";

export interface Hold {
  readonly purpose: string;
  readonly context: Context;
  /** No lock: reading only. */
  readonly shared?: boolean;
  /** Tries to take the lock; [conductor]node_locked_retry_attempts by default. */
  readonly attempts?: number;
}

/** @throws NodeNotFound, NodeLocked after the last try */
export async function withNode<T>(
  core: Core,
  uuid: string,
  hold: Hold,
  work: (task: NodeTask) => Promise<T>,
): Promise<T> {
  if (hold.shared === true) return work(new NodeTask(core, await core.stores.nodes.getRevealed(uuid), null, hold));
  const task = await takeNode(core, uuid, hold);
  let result: T;
  try {
    result = await raceAbort(work(task), task.signal);
  } catch (error) {
    task.takeJob()?.slot.free();
    await task.release();
    throw error;
  }
  const job = task.takeJob();
  if (job === null) await task.release();
  else job.slot.run(() => runJob(task, job));
  return result;
}

async function takeNode(core: Core, uuid: string, hold: Hold): Promise<NodeTask> {
  const { ticket, node } = await reserve(core, uuid, hold);
  const task = new NodeTask(core, node, ticket, hold);
  core.running.enter(task);
  task.tell({ type: "lock", status: "taken", purpose: hold.purpose, host: core.hostname });
  return task;
}

async function reserve(core: Core, uuid: string, hold: Hold) {
  const { node_locked_retry_attempts, node_locked_retry_interval } = core.config.conductor;
  const attempts = hold.attempts ?? Math.max(1, node_locked_retry_attempts);
  for (let attempt = 1; ; attempt++) {
    try {
      const request = { host: core.hostname, bootId: core.bootId, purpose: hold.purpose };
      return await core.stores.nodes.reserve(uuid, request);
    } catch (error) {
      if (!NodeLocked.matches(error) || attempt >= attempts) throw error;
      await whenFree(core, uuid, node_locked_retry_interval * 1000);
    }
  }
}

/** A lock of this process wakes its waiters; for another one's the interval is waited out. */
async function whenFree(core: Core, uuid: string, ms: number): Promise<void> {
  if (core.running.get(uuid) !== undefined) await core.running.whenReleased(uuid, ms);
  else await wait(ms, core.stopping);
}

async function runJob(task: NodeTask, job: Job): Promise<void> {
  let holder = task;
  try {
    await raceAbort(job.work(task), task.signal);
  } catch (error) {
    if (LockLost.matches(error)) {
      task.log.warn({ purpose: task.purpose }, "the lock was lost: the work stopped without saving");
    } else {
      task.log.warn({ error, purpose: task.purpose }, "work on a node failed");
      holder = task.supersede();
      await fail(holder, job, error);
    }
  } finally {
    await holder.release();
  }
}

/** When even the fail state cannot be saved, the lock goes and the recovery pass finds the node. */
async function fail(task: NodeTask, job: Job, error: unknown): Promise<void> {
  try {
    await job.failed(task, error);
  } catch (second) {
    task.log.error({ error: second }, "the failure of work on a node could not be recorded; recovery will");
  }
}
