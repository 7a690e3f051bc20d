/** What a change of power is made of: the moves to a target, and the state that each of them leads to. */
import type { PowerState, PowerTarget } from "../common/states.ts";

/** "soft": by the operating system. */
export type Move = "on" | "off" | "soft";

export const ALL_MOVES: readonly Move[] = ["on", "off", "soft"];

/** Off before on: a cycle or reset may end before the machine has let go of its memory, and some BMCs refuse them. */
export const MOVES: Readonly<Record<PowerTarget, readonly Move[]>> = {
  "power on": ["on"],
  "power off": ["off"],
  "soft power off": ["soft"],
  rebooting: ["off", "on"],
  "soft rebooting": ["soft", "on"],
};

const LEADS_TO = { on: "power on", off: "power off", soft: "power off" } as const;

export function stateAfter(move: Move): "power on" | "power off" {
  return LEADS_TO[move];
}

/** Where a machine is when all moves to the target are made. */
export function reachedBy(target: PowerTarget): PowerState {
  return stateAfter(MOVES[target].at(-1) ?? "on");
}

/** Those that can be had of a machine that makes these moves. */
export function targetsOf(moves: readonly Move[]): readonly PowerTarget[] {
  const targets = Object.keys(MOVES) as PowerTarget[];
  return targets.filter((target) => MOVES[target].every((move) => moves.includes(move)));
}
