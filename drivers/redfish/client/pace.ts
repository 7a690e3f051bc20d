/**
 * Back-off of one BMC, shared by all who call it: after failures in a row nobody asks before the pause is over, and a BMC
 * that has been silent for a whole call is asked once a call until it answers again.
 */
import type { Bmc } from "./bmc.ts";

/** The pause doubles up to so many times the configured one. */
const LONGEST = 2;
/** Pauses vary by this share, so that BMCs behind one switch are not asked all at once. */
const JITTER = 0.25;

export interface Clock {
  now(): number;
  /** Rejects with the signal's reason. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** 0 to 1. */
  random(): number;
}

/** Milliseconds after so many failures in a row. */
export function pauseAfter(failures: number, { retryMs }: Pick<Bmc, "retryMs">): number {
  return Math.min(retryMs * 2 ** (failures - 2), retryMs * LONGEST);
}

export class Pace {
  readonly #bmc: Pick<Bmc, "attempts" | "retryMs">;
  readonly #clock: Clock;
  #failures = 0;
  #notBefore = 0;

  constructor(bmc: Pick<Bmc, "attempts" | "retryMs">, clock: Clock) {
    this.#bmc = bmc;
    this.#clock = clock;
  }

  /** How often a request may be tried now. */
  get attempts(): number {
    return this.#failures >= this.#bmc.attempts ? 1 : this.#bmc.attempts;
  }

  async turn(signal: AbortSignal): Promise<void> {
    const left = this.#notBefore - this.#clock.now();
    if (left > 0) await this.#clock.sleep(left, signal);
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  /** `wantedMs`: what the BMC asked for itself. */
  failed(wantedMs: number | null): void {
    this.#failures++;
    const pause = pauseAfter(this.#failures, this.#bmc) * (1 + (this.#clock.random() * 2 - 1) * JITTER);
    this.#notBefore = this.#clock.now() + (wantedMs ?? pause);
  }
}
