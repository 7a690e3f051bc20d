/** What was last heard of each machine's ramdisk, for messages about agents that fell silent. In memory: nobody waits for it. */

export interface ReportedProgress {
  readonly stage: string;
  readonly done: number;
  readonly total: number | null;
  readonly unit: "bytes" | "seconds" | "steps";
}

/** Nodes remembered; those told longest ago go first. */
const MOST = 10_000;
const MEBIBYTE = 1024 * 1024;

export class LastHeard {
  /** By node: words, as they stand in a message. */
  readonly #told = new Map<string, string>();

  /** `at`: milliseconds since the epoch. */
  note(node: string, progress: ReportedProgress, at: number): void {
    const { stage, done, total, unit } = progress;
    const amount = (value: number) => (unit === "bytes" ? Number((value / MEBIBYTE).toFixed(1)) : value);
    const of = total === null ? "" : ` of ${amount(total)}`;
    const size = `${amount(done)}${of} ${unit === "bytes" ? "MiB" : unit}`;
    this.#keep(node, `Its last progress was ${stage} ${size}, at ${new Date(at).toISOString()}.`);
  }

  /** The first ramdisk of a flow looks itself up: what an earlier one told is over. */
  started(node: string): void {
    this.#told.delete(node);
  }

  /** A ramdisk looks itself up although an agent of the node has called in before: it gets no token. */
  startedAnew(node: string, mac: string | null, at: number): void {
    const before = this.#told.get(node)?.split(" Then its ramdisk ")[0] ?? "";
    const by = mac === null ? "" : ` by ${mac}`;
    const words = `Then its ramdisk looked the node up anew${by}, at ${new Date(at).toISOString()}: the machine seems to have restarted.`;
    this.#keep(node, `${before} ${words}`.trim());
  }

  /** A sentence or two; null when nothing was told since this process started. */
  describe(node: string): string | null {
    return this.#told.get(node) ?? null;
  }

  #keep(node: string, words: string): void {
    this.#told.delete(node);
    this.#told.set(node, words);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MOST && oldest !== undefined) this.#told.delete(oldest);
  }
}
