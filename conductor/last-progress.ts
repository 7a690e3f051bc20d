/** How far each machine's agent said it was, for messages about agents that fell silent. In memory: nobody waits for it. */

export interface ReportedProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: "bytes" | "seconds" | "steps";
}

/** Nodes remembered; those told longest ago go first. */
const MOST = 10_000;
const MEBIBYTE = 1024 * 1024;

export class LastProgress {
  readonly #told = new Map<string, { readonly progress: ReportedProgress; readonly at: number }>();

  /** `at`: milliseconds since the epoch. */
  note(node: string, progress: ReportedProgress, at: number): void {
    this.#told.delete(node);
    this.#told.set(node, { progress, at });
    const [oldest] = this.#told.keys();
    if (this.#told.size > MOST && oldest !== undefined) this.#told.delete(oldest);
  }

  /** A new ramdisk has started: what the one before told is over. */
  forget(node: string): void {
    this.#told.delete(node);
  }

  /** "image.write 34 of 100 MiB, at 2026-01-01T12:00:00.000Z"; null when nothing was told since this process started. */
  describe(node: string): string | null {
    const found = this.#told.get(node);
    if (found === undefined) return null;
    const { stage, done, total, unit } = found.progress;
    const amount = (value: number) => (unit === "bytes" ? Number((value / MEBIBYTE).toFixed(1)) : value);
    const of = total === null ? "" : ` of ${amount(total)}`;
    return `${stage} ${amount(done)}${of} ${unit === "bytes" ? "MiB" : unit}, at ${new Date(found.at).toISOString()}`;
  }
}
