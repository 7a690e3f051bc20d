/** Moves a node through the provision state machine: state, target, time and error in one save, one event, one history line. */

import { reasonOf } from "../common/errors/fault.ts";
import { InvalidStateRequested } from "../common/errors/node.ts";
import type { NodeChanges } from "../common/objects/node.ts";
import { can, transition } from "../common/provision-machine.ts";
import type { State, Verb } from "../common/states.ts";
import { deadlinesOf, wayOut } from "../common/ways-out.ts";
import type { HistoryStore } from "../db/contract.ts";
import { timestamp } from "./clock.ts";
import type { NodeTask } from "./task.ts";

export interface Move {
  /** Where the flow leads, when it is not the state's own target (manual cleaning leads to manageable). */
  readonly target?: State;
  /** Absent: last_error stays as it is. */
  readonly lastError?: string | null;
  /** Saved together with the state. */
  readonly changes?: () => NodeChanges;
}

/** @throws InvalidState when the state does not know the verb, LockLost */
export async function processEvent(task: NodeTask, verb: Verb, move: Move = {}): Promise<void> {
  const from = task.node.provision_state;
  const at = { state: from, target: task.node.target_provision_state };
  const next = transition(at, verb, move.target);
  await task.update(() => ({
    ...move.changes?.(),
    provision_state: next.state,
    target_provision_state: next.target,
    provision_updated_at: timestamp(task.core.clock()),
    ...(move.lastError === undefined ? {} : { last_error: move.lastError }),
  }));
  const { last_error } = task.node;
  const moved = { from, to: next.state, target: next.target, last_error, verb, from_target: at.target };
  task.tell({ type: "node.state", ...moved, ...deadlineOf(task) });
  task.log.info({ from, to: next.state, target: next.target, verb }, "provision state changed");
}

function deadlineOf({ node, core }: NodeTask): { deadline?: string | null } {
  const kind = wayOut(node.provision_state)?.kind ?? "work";
  return kind === "work" ? {} : { deadline: deadlinesOf(node, core.config)[0]?.at ?? null };
}

/** The refusal a user sees. @throws InvalidStateRequested */
export function requireVerb(task: NodeTask, verb: Verb, action: string = verb): void {
  const { uuid, provision_state } = task.node;
  if (!can(provision_state, verb)) throw InvalidStateRequested({ action, node: uuid, state: provision_state });
}

export interface HistoryEntry {
  readonly type: string;
  readonly severity: "INFO" | "ERROR";
  readonly text: string;
}

/** When something happened, by the node's provision state; taken before a change of state that ends it. */
export type Moment = Pick<Parameters<HistoryStore["add"]>[0], "state" | "target_provision_state" | "duration_seconds">;

export function momentOf({ node, core }: NodeTask): Moment {
  const { provision_state, target_provision_state, provision_updated_at } = node;
  const since = provision_updated_at === null ? null : core.clock() - Date.parse(provision_updated_at);
  const duration_seconds = since === null ? null : Math.max(0, Math.floor(since / 1000));
  return { state: provision_state, target_provision_state, duration_seconds };
}

/** History is a service to the reader: that it cannot be written must not stop the work it tells of. */
export async function addHistory(task: NodeTask, entry: HistoryEntry, moment = momentOf(task)): Promise<void> {
  try {
    await task.core.stores.history.add({
      node_uuid: task.node.uuid,
      conductor: task.core.hostname,
      event_type: entry.type,
      severity: entry.severity,
      event: entry.text,
      user: task.context.user ?? null,
      project: task.context.project ?? null,
      ...moment,
    });
  } catch (error) {
    task.log.warn({ error: reasonOf(error), entry: entry.text }, "history could not be written");
  }
}
