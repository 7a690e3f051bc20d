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
import { withinProject } from "../project-limit.ts";
import { type Move, processEvent } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";

/** How many nodes may be in some states at once. */
export interface Limit {
  /** As the refusal names it. */
  readonly name: string;
  readonly states: readonly State[];
  readonly option: "max_concurrent_deploy" | "max_concurrent_clean";
}

export const DEPLOYS: Limit = {
  name: "deployment",
  states: ["deploying", "wait call-back"],
  option: "max_concurrent_deploy",
};
export const CLEANINGS: Limit = {
  name: "cleaning",
  states: ["deleting", "cleaning", "clean wait"],
  option: "max_concurrent_clean",
};

/**
 * Moves the state and registers the rest. The worker is claimed first: without one the node stays as it was.
 * @throws NoFreeConductorWorker; ConcurrentActionLimit beyond `limit`; ProjectLimit
 */
export async function startWork(
  task: NodeTask,
  verb: Verb,
  move: Move,
  work: (task: NodeTask) => Promise<void>,
  limit: Limit | null = null,
): Promise<void> {
  const slot = task.core.pool.claim("user");
  try {
    const changes = () => ({ conductor_affinity: task.core.hostname, ...move.changes?.() });
    const begin = () => processEvent(task, verb, { lastError: null, ...move, changes });
    const beginLimited = () => (limit === null ? begin() : withinLimit(task.core, limit, begin));
    await withinProject(task.core, task.node, verb, beginLimited);
  } catch (error) {
    slot.free();
    throw error;
  }
  task.later({ slot, work, failed: failFlow });
}

/** @throws ConcurrentActionLimit */
async function withinLimit(core: Core, { name, states, option }: Limit, begin: () => Promise<void>): Promise<void> {
  const limit = core.config.conductor[option];
  const count = () => core.stores.nodes.count([{ field: "provision_state", in: states }]);
  if (!(await core.admission.admit(name, limit, count, begin))) throw ConcurrentActionLimit({ task: name, limit });
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
