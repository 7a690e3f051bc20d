/**
 * How a node leaves each state that is neither stable nor a failure when what it waits for does not come: by a deadline,
 * or, while a conductor works on it, by recovery once that conductor's keep-alive is missing. Data, for those who end
 * the waits and for those who show them.
 */
import type { Config } from "./config/config.ts";
import type { Node } from "./objects/node.ts";
import type { StableState, State } from "./states.ts";

export type StateInBetween = Exclude<State, StableState | `${string} failed`>;

type Timeout =
  | "deploy_callback_timeout"
  | "clean_callback_timeout"
  | "inspect_wait_timeout"
  | "rescue_callback_timeout"
  | "service_callback_timeout"
  | "hold_timeout";

export interface WayOut {
  /** wait: for the machine; hold: for a person; work: for the conductor that has the lock. */
  readonly kind: "wait" | "hold" | "work";
  readonly waitsFor: string;
  /** Of [conductor]. For work it is the time after which a conductor without keep-alive counts as dead. */
  readonly option: Timeout | "heartbeat_timeout";
}

const AGENT = "a heartbeat of the machine's agent";
const work: WayOut = { kind: "work", waitsFor: "the conductor that works on it", option: "heartbeat_timeout" };
const hold: WayOut = { kind: "hold", waitsFor: "a user, with unhold or abort", option: "hold_timeout" };

function agent(option: Timeout, waitsFor = AGENT): WayOut {
  return { kind: "wait", waitsFor, option };
}

export const WAYS_OUT: Readonly<Record<StateInBetween, WayOut>> = {
  verifying: work,
  deploying: work,
  "wait call-back": agent("deploy_callback_timeout"),
  "deploy hold": hold,
  cleaning: work,
  "clean wait": agent("clean_callback_timeout"),
  "clean hold": hold,
  deleting: work,
  inspecting: work,
  "inspect wait": agent("inspect_wait_timeout", "inspection data of the machine's agent"),
  adopting: work,
  rescuing: work,
  "rescue wait": agent("rescue_callback_timeout"),
  unrescuing: work,
  servicing: work,
  "service wait": agent("service_callback_timeout"),
  "service hold": hold,
};

export function wayOut(state: State): WayOut | null {
  return Object.hasOwn(WAYS_OUT, state) ? WAYS_OUT[state as StateInBetween] : null;
}

/** Seconds a wait or hold may last; 0: for ever, or no wait. */
export function longestWait(state: State, config: Config): number {
  const way = wayOut(state);
  return way === null || way.kind === "work" ? 0 : config.conductor[way.option];
}

/** Agents call every 5 s at the most, whatever the timeout says. */
const LEAST_SILENCE_SECONDS = 15;

/** Seconds an agent that has called in may be silent in a wait. */
export function longestSilence(config: Config): number {
  return Math.max(LEAST_SILENCE_SECONDS, config.api.ramdisk_heartbeat_timeout);
}

export interface Deadline {
  readonly what: "wait" | "hold" | "silence of the agent";
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly seconds: number;
  readonly option: string;
}

export const WAITING_FIELDS = [
  "provision_state",
  "provision_updated_at",
  "maintenance",
  "driver_internal_info",
  "clean_step",
  "deploy_step",
  "service_step",
] as const;

type Waiting = Pick<Node, (typeof WAITING_FIELDS)[number]>;

/** What will end the node's wait, the earliest first; none runs in maintenance, where somebody works on the node. */
export function deadlinesOf(node: Waiting, config: Config): readonly Deadline[] {
  const way = wayOut(node.provision_state);
  const began = Date.parse(node.provision_updated_at ?? "");
  if (way === null || way.kind === "work" || node.maintenance || Number.isNaN(began)) return [];
  const deadlines: Deadline[] = [];
  const seconds = longestWait(node.provision_state, config);
  if (seconds > 0) deadlines.push(deadline(way.kind, began, seconds, `[conductor]${way.option}`));
  const { agent_url, agent_last_heartbeat } = node.driver_internal_info;
  const called = typeof agent_url === "string" && agent_url !== "" && typeof agent_last_heartbeat === "string";
  if (way.kind === "wait" && called && awaitsAgent(node)) {
    const since = Math.max(began, Date.parse(agent_last_heartbeat) || 0);
    deadlines.push(deadline("silence of the agent", since, longestSilence(config), "[api]ramdisk_heartbeat_timeout"));
  }
  return deadlines.sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/** A step of another interface that waits without a command to the agent waits for the hardware, which may take its time. */
export function awaitsAgent(node: Waiting): boolean {
  const { clean_step, deploy_step, service_step, driver_internal_info } = node;
  const step = [clean_step, deploy_step, service_step].find((one) => typeof one.interface === "string");
  return step === undefined || step.interface === "deploy" || typeof driver_internal_info.agent_command === "string";
}

function deadline(what: Deadline["what"], since: number, seconds: number, option: string): Deadline {
  return { what, at: new Date(since + seconds * 1000).toISOString(), seconds, option };
}
