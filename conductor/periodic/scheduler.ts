/** Periodic work: each pass starts its interval after the one before has ended; a failed pass is logged and tried again. */
import type { Core } from "../core.ts";
import { wait } from "../waiting.ts";

export interface Periodic {
  readonly name: string;
  /** Seconds between passes; 0: never by itself. */
  readonly every: number;
  pass(): Promise<void>;
}

export class Scheduler implements AsyncDisposable {
  readonly #core: Core;
  readonly #stop = new AbortController();
  readonly #periodics: ReadonlyMap<string, Periodic>;
  #loops: readonly Promise<void>[] = [];

  constructor(core: Core, periodics: readonly Periodic[]) {
    this.#core = core;
    this.#periodics = new Map(periodics.map((periodic) => [periodic.name, periodic]));
  }

  start(): void {
    this.#loops = [...this.#periodics.values()]
      .filter((periodic) => periodic.every > 0)
      .map((periodic) => this.#loop(periodic));
  }

  /** Runs one pass now. @throws what the pass throws, or Error for a name that is not known */
  async pass(name: string): Promise<void> {
    const periodic = this.#periodics.get(name);
    if (periodic === undefined) throw new Error(`There is no periodic work "${name}".`);
    await periodic.pass();
  }

  async #loop(periodic: Periodic): Promise<void> {
    for (;;) {
      await wait(periodic.every * 1000, this.#stop.signal);
      if (this.#stop.signal.aborted) return;
      try {
        await periodic.pass();
      } catch (error) {
        this.#core.log.error({ error, periodic: periodic.name }, "periodic work failed; it is tried again");
      }
    }
  }

  /** Waits for the passes under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }
}

/** Runs `work` over all items, at most `limit` at a time; it must not reject. */
export async function eachOf<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}
