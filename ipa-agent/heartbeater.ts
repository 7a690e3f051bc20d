/**
 * Heartbeats: one at once, then after a random 0.3 to 0.6 of the service's timeout (never under the floor of 5 s);
 * at once when asked (a command ended); a failed one again with growing pauses.
 */
import { anySignal } from "../common/any-signal.ts";
import { reasonText } from "./errors.ts";
import type { Journal } from "./journal.ts";
import type { Pause } from "./pause.ts";

export interface HeartbeaterOptions {
  readonly beat: (signal: AbortSignal) => Promise<void>;
  readonly journal: Journal;
  /** Milliseconds until the service gives the agent up. */
  readonly timeout: number;
  /** Milliseconds between two beats at least. */
  readonly floor: number;
  readonly pause: Pause;
  readonly random?: () => number;
}

const RETRY_FACTOR = 2.7;

export class Heartbeater {
  readonly #options: HeartbeaterOptions;
  readonly #stop = new AbortController();
  #wake = new AbortController();
  #asked = false;

  constructor(options: HeartbeaterOptions) {
    this.#options = options;
  }

  /** Beats until stopped; resolves then. */
  async run(): Promise<void> {
    let retry = this.#options.floor;
    while (!this.#stop.signal.aborted) {
      this.#asked = false;
      let wait: number;
      try {
        await this.#options.beat(this.#stop.signal);
        retry = this.#options.floor;
        wait = this.#interval();
        this.#options.journal.debug(`heartbeat accepted, next in ${(wait / 1000).toFixed(1)} s`);
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        wait = Math.min(retry, this.#interval());
        retry *= RETRY_FACTOR;
        this.#options.journal.info(`heartbeat failed: ${reasonText(error)}; again in ${(wait / 1000).toFixed(1)} s`);
      }
      if (!this.#asked) await this.#sleep(wait);
    }
  }

  /** A beat as soon as possible. */
  now(): void {
    this.#asked = true;
    this.#wake.abort();
  }

  stop(): void {
    this.#stop.abort();
    this.#wake.abort();
  }

  #interval(): number {
    const random = this.#options.random ?? Math.random;
    return Math.max(this.#options.floor, this.#options.timeout * (0.3 + 0.3 * random()));
  }

  async #sleep(ms: number): Promise<void> {
    this.#wake = new AbortController();
    await this.#options.pause(ms, anySignal([this.#wake.signal, this.#stop.signal])).catch(() => undefined);
  }
}
