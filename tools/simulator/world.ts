/** What all machines of a simulator share: logins, times, chance, and who is told of what happens. */
import type { Login } from "./accounts.ts";
import { type Conditions, chance, HEALTHY } from "./conditions.ts";
import type { BootSource, Guest, Machine } from "./machine.ts";
import type { Recorder } from "./recorder.ts";

export interface Timing {
  /** From power on or reset to the first byte of what is booted. */
  readonly firmwareMs: number;
  /** From the press of the button to off, where nothing reacts. */
  readonly shutdownMs: number;
}

export interface WorldOptions {
  readonly logins?: readonly Login[];
  readonly timing?: Partial<Timing>;
  readonly seed?: number;
  readonly conditions?: Conditions;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly recorder?: Recorder;
  /** What runs on a machine that has booted; null: an operating system of which nothing is heard. */
  readonly boots?: (machine: Machine, source: BootSource) => Guest | null;
  readonly told?: (machine: Machine, what: string) => void;
}

export const STANDARD_LOGIN: Login = { username: "admin", password: "password" };
const TIMING: Timing = { firmwareMs: 1000, shutdownMs: 500 };

export class World {
  readonly logins: readonly Login[];
  readonly timing: Timing;
  readonly random: () => number;
  readonly conditions: Conditions;
  readonly now: () => number;
  readonly recorder: Recorder | null;
  readonly boots: WorldOptions["boots"];
  /** Settings that wait for the next start take effect: set by the faces that have some. */
  readonly atStart: ((machine: Machine) => void)[] = [];
  readonly #told: WorldOptions["told"];

  constructor(options: WorldOptions = {}) {
    this.logins = options.logins ?? [STANDARD_LOGIN];
    this.timing = { ...TIMING, ...options.timing };
    this.random = chance(options.seed ?? 1);
    this.conditions = options.conditions ?? HEALTHY;
    this.now = options.now ?? Date.now;
    this.recorder = options.recorder ?? null;
    this.boots = options.boots;
    this.#told = options.told;
  }

  /** Whole seconds since 1970. */
  get seconds(): number {
    return Math.floor(this.now() / 1000);
  }

  firmware(machine: Machine): void {
    for (const act of this.atStart) act(machine);
  }

  told(machine: Machine, what: string): void {
    this.#told?.(machine, what);
  }
}
