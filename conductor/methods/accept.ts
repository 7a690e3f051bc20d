/** What the accept phases of many methods share: checks whose refusal is the answer, and the hand-over to the background. */
import { ConcurrentActionLimit } from "../../common/errors/driver.ts";
import { FerricError, toFault } from "../../common/errors/fault.ts";
import { NodeInMaintenance, NodeProtected } from "../../common/errors/node.ts";
import type { State, Verb } from "../../common/states.ts";
import type { Interface } from "../../drivers/base/interfaces.ts";
import type { Core } from "../core.ts";
import { Aborted } from "../failures.ts";
import { isWaiting } from "../flows/in-band.ts";
import { failFlow } from "../flows/table.ts";
import { BOOT_RETRY } from "../periodic/boot-retries.ts";
import { type Move, processEvent } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";

/** Moves the state and registers the rest. The worker is claimed first: without one the node stays as it was. @throws NoFreeConductorWorker */
export async function startWork(
  task: NodeTask,
  verb: Verb,
  move: Move,
  work: (task: NodeTask) => Promise<void>,
): Promise<void> {
  const slot = task.core.pool.claim("user");
  try {
    const changes = () => ({ conductor_affinity: task.core.hostname, ...move.changes?.() });
    await processEvent(task, verb, { lastError: null, ...move, changes });
  } catch (error) {
    slot.free();
    throw error;
  }
  task.later({ slot, work, failed: failFlow });
}

/** @throws NodeInMaintenance */
export function refuseInMaintenance(task: NodeTask, op: string): void {
  if (task.node.maintenance) throw NodeInMaintenance({ op, node: task.node.uuid });
}

/** @throws NodeProtected */
export function refuseProtected(task: NodeTask): void {
  if (task.node.protected) throw NodeProtected({ node: task.node.uuid });
}

/** Validates interfaces; the fault keeps its code and says what it was for. */
export async function validate(task: NodeTask, what: string, interfaces: readonly Interface[]): Promise<void> {
  try {
    for (const one of interfaces) await one.validate(task);
  } catch (error) {
    const fault = toFault(error);
    if (!(error instanceof FerricError)) throw error;
    throw new FerricError(
      { ...fault, message: `Failed to validate ${what} info for node ${task.node.uuid}: ${fault.message}` },
      error,
    );
  }
}

/** @throws ConcurrentActionLimit */
export async function limitConcurrent(
  core: Core,
  name: string,
  states: readonly State[],
  limit: number,
): Promise<void> {
  const busy = await core.stores.nodes.count([{ field: "provision_state", in: states }]);
  if (busy >= limit) throw ConcurrentActionLimit({ task: name, limit });
}

export const DEPLOY_STATES: readonly State[] = ["deploying", "wait call-back"];
export const CLEAN_STATES: readonly State[] = ["deleting", "cleaning", "clean wait"];

/** Purpose of the task that follows a heartbeat up. */
export const HEARTBEAT = "heartbeat";

/** Work that the conductor does by itself for a node that waits. */
const OF_THE_WAIT: readonly string[] = [HEARTBEAT, BOOT_RETRY];

/** The longest a broken-off heartbeat may take to give its lock back. */
const GIVE_WAY_MS = 5000;

/** A heartbeat that is just being followed up holds the lock, maybe for a hanging agent or BMC: whoever ends the wait goes before it. */
export async function interruptBeat(core: Core, uuid: string, action: string): Promise<void> {
  const task = core.running.get(uuid);
  if (task === undefined || !OF_THE_WAIT.includes(task.purpose) || !isWaiting(task.node.provision_state)) return;
  task.interrupt(new Aborted(`${action} was requested.`));
  await core.running.whenReleased(uuid, GIVE_WAY_MS);
}
