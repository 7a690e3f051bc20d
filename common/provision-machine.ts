/**
 * The provision state machine: a table and a pure transition function.
 * Source: the contract's state-machine.json, checked against it by spec/unit/common/provision-machine.spec.ts.
 */
import { InvalidState } from "./errors/node.ts";
import type { StableState, State, Verb } from "./states.ts";
import { STABLE_STATES } from "./states.ts";

/** Where a node is and where it is going; both are stored on the node. */
export interface Position {
  readonly state: State;
  readonly target: State | null;
}

type Row = Readonly<Partial<Record<Verb, State>>>;

export const TRANSITIONS: Readonly<Partial<Record<State, Row>>> = {
  enroll: { manage: "verifying" },
  manageable: { provide: "cleaning", clean: "cleaning", inspect: "inspecting", adopt: "adopting" },
  available: { deploy: "deploying", manage: "manageable" },
  active: { rebuild: "deploying", delete: "deleting", rescue: "rescuing", service: "servicing" },
  error: { rebuild: "deploying", delete: "deleting" },
  rescue: { rescue: "rescuing", delete: "deleting", unrescue: "unrescuing" },
  verifying: { done: "manageable", fail: "enroll" },
  deploying: { fail: "deploy failed", wait: "wait call-back", hold: "deploy hold", done: "active" },
  "wait call-back": {
    hold: "deploy hold",
    resume: "deploying",
    fail: "deploy failed",
    abort: "deploy failed",
    delete: "deleting",
  },
  "deploy failed": { rebuild: "deploying", deploy: "deploying", delete: "deleting" },
  "deploy hold": { unhold: "wait call-back", abort: "deploy failed" },
  cleaning: { done: "available", fail: "clean failed", wait: "clean wait", hold: "clean hold", manage: "manageable" },
  "clean wait": { fail: "clean failed", abort: "clean failed", hold: "clean hold", resume: "cleaning" },
  "clean failed": { manage: "manageable" },
  "clean hold": { abort: "clean failed", unhold: "clean wait" },
  deleting: { fail: "error", clean: "cleaning" },
  inspecting: { done: "manageable", fail: "inspect failed", wait: "inspect wait" },
  "inspect failed": { manage: "manageable", inspect: "inspecting" },
  "inspect wait": { done: "manageable", fail: "inspect failed", abort: "inspect failed", resume: "inspecting" },
  adopting: { done: "active", fail: "adopt failed" },
  "adopt failed": { adopt: "adopting", manage: "manageable" },
  rescuing: { done: "rescue", wait: "rescue wait", fail: "rescue failed" },
  "rescue wait": { resume: "rescuing", fail: "rescue failed", abort: "rescue failed", delete: "deleting" },
  "rescue failed": { rescue: "rescuing", unrescue: "unrescuing", delete: "deleting" },
  unrescuing: { done: "active", fail: "unrescue failed" },
  "unrescue failed": { rescue: "rescuing", unrescue: "unrescuing", delete: "deleting" },
  servicing: { done: "active", fail: "service failed", wait: "service wait", hold: "service hold" },
  "service wait": {
    hold: "service hold",
    resume: "servicing",
    fail: "service failed",
    abort: "service failed",
    delete: "deleting",
  },
  "service failed": {
    service: "servicing",
    rescue: "rescuing",
    wait: "service wait",
    hold: "service hold",
    delete: "deleting",
    abort: "active",
  },
  "service hold": { service: "servicing", unhold: "service wait", fail: "service failed", abort: "service failed" },
};

/** The target a non-stable state has on entry when the caller names none. */
export const TARGET_ON_ENTRY: Readonly<Partial<Record<State, StableState>>> = {
  verifying: "manageable",
  deploying: "active",
  "wait call-back": "active",
  "deploy failed": "active",
  "deploy hold": "active",
  cleaning: "available",
  "clean wait": "available",
  "clean failed": "available",
  "clean hold": "available",
  deleting: "available",
  inspecting: "manageable",
  "inspect failed": "manageable",
  "inspect wait": "manageable",
  adopting: "active",
  "adopt failed": "active",
  rescuing: "rescue",
  "rescue wait": "rescue",
  "rescue failed": "rescue",
  unrescuing: "active",
  "unrescue failed": "active",
  servicing: "active",
  "service wait": "active",
  "service failed": "active",
  "service hold": "active",
};

export function isStable(state: State): state is StableState {
  return (STABLE_STATES as readonly State[]).includes(state);
}

/** Whether `verb` is accepted in `state`. */
export function can(state: State, verb: Verb): boolean {
  return TRANSITIONS[state]?.[verb] !== undefined;
}

/**
 * The position after `verb`. Entering a stable state clears the target; a fail verb keeps the target that stood there,
 * everything else takes `target` or the state's own.
 * @throws InvalidState when the state does not know the verb
 */
export function transition(at: Position, verb: Verb, target?: State | null): Position {
  const state = TRANSITIONS[at.state]?.[verb];
  if (state === undefined) {
    throw InvalidState({ action: verb, node: null, state: at.state });
  }
  if (isStable(state)) return { state, target: null };
  if (target !== undefined) return { state, target };
  const keeps = verb !== "delete" && at.target !== null && !isStable(at.state);
  return { state, target: keeps ? at.target : (TARGET_ON_ENTRY[state] ?? null) };
}
