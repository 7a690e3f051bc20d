/** How long each BMC takes to answer, and so when to send again (after RFC 6298, without its clock). */

interface RoundTrip {
  mean: number;
  deviation: number;
  /** The last pause that proved too short; 0 once an answer came to a packet that was sent once. */
  backedOff: number;
}

/** Controllers answer some commands much later than others, and what is sent twice costs more than a moment. */
const LEAST_MS = 300;
const MOST_MS = 5000;
const UNKNOWN_MS = 1000;
const BMCS_REMEMBERED = 50_000;

export class RoundTrips {
  readonly #known = new Map<string, RoundTrip>();

  /** Milliseconds until a packet to this BMC is sent again for the first time. */
  pause(bmc: string): number {
    const known = this.#known.get(bmc);
    if (known === undefined) return UNKNOWN_MS;
    const usual = known.mean + 4 * known.deviation;
    return Math.min(MOST_MS, Math.max(LEAST_MS, usual, known.backedOff));
  }

  /** An answer to a packet that was sent once: only of that is known when it was on its way (Karn). */
  answered(bmc: string, ms: number): void {
    const known = this.#known.get(bmc);
    if (known === undefined) {
      if (this.#known.size >= BMCS_REMEMBERED) this.#known.clear();
      this.#known.set(bmc, { mean: ms, deviation: ms / 2, backedOff: 0 });
      return;
    }
    known.deviation += (Math.abs(ms - known.mean) - known.deviation) / 4;
    known.mean += (ms - known.mean) / 8;
    known.backedOff = 0;
  }

  /** Only what was sent again got an answer, or nothing did. `pauseMs`: the last pause. */
  repeated(bmc: string, pauseMs: number): void {
    const known = this.#known.get(bmc);
    if (known !== undefined) known.backedOff = Math.min(MOST_MS, pauseMs);
  }
}
