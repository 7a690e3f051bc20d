/** Since when this process has been hearing agents without a break: what was silent before may have called in vain. */
import type { Core } from "../core.ts";

/** A pass that comes so many seconds late: the process was stopped or starved. */
const LATE_SECONDS = 30;

export class Listening {
  readonly #core: Core;
  #since: number;
  #lastPass: number;

  constructor(core: Core) {
    this.#core = core;
    this.#since = core.clock();
    this.#lastPass = this.#since;
  }

  /** Milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  /** To be called at the beginning of each pass over the wait states. */
  noticePass(): void {
    const now = this.#core.clock();
    const expected = (this.#core.config.conductor.check_provision_state_interval + LATE_SECONDS) * 1000;
    if (now - this.#lastPass > expected) this.#since = now;
    this.#lastPass = now;
  }
}
