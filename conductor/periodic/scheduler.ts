/** Periodic work: each pass starts its interval after the one before has ended, or begun; a failed one is tried again. */
import { wait } from "../../common/wait.ts";
import type { Core } from "../core.ts";

export interface Periodic {
  readonly name: string;
  /** Seconds between passes; 0: never by itself. */
  readonly every: number;
  /** The interval is counted from the beginning of the pass before: for passes that last long by intention. */
  readonly isSteady?: boolean;
  /** `stop` aborts when no more is to be begun. Resolving to "soon" tells that something is left that may go any moment. */
  pass(stop: AbortSignal): Promise<unknown>;
}

const SOON_SECONDS = 2;

export class Scheduler implements AsyncDisposable {
  readonly #core: Pick<Core, "log">;
  readonly #stop = new AbortController();
  readonly #periodics: ReadonlyMap<string, Periodic>;
  /** Ends the wait before the next pass of a work. */
  readonly #alarms = new Map<string, AbortController>();
  #loops: readonly Promise<void>[] = [];

  constructor(core: Pick<Core, "log">, periodics: readonly Periodic[]) {
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
    await periodic.pass(this.#stop.signal);
  }

  /** The next pass begins now, or right after the one under way. */
  hurry(name: string): void {
    this.#alarms.get(name)?.abort();
  }

  async #loop(periodic: Periodic): Promise<void> {
    let seconds = periodic.every;
    for (;;) {
      await this.#pause(periodic.name, seconds);
      if (this.#stop.signal.aborted) return;
      this.#alarms.set(periodic.name, new AbortController());
      const began = performance.now();
      seconds = periodic.every;
      try {
        if ((await periodic.pass(this.#stop.signal)) === "soon") seconds = Math.min(SOON_SECONDS, seconds);
      } catch (error) {
        this.#core.log.error({ error, periodic: periodic.name }, "periodic work failed; it is tried again");
      }
      if (periodic.isSteady) seconds = Math.max(0, seconds - (performance.now() - began) / 1000);
    }
  }

  async #pause(name: string, seconds: number): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const alarm = this.#alarms.get(name) ?? new AbortController();
    this.#alarms.set(name, alarm);
    await wait(seconds * 1000, alarm.signal);
  }

  /** Waits for the passes under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const alarm of this.#alarms.values()) alarm.abort();
    await Promise.all(this.#loops);
  }
}

/** Runs `work` over all items, at most `limit` at a time; it must not reject. */
export async function eachOf<T>(items: readonly T[], limit: number, work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const lane = async () => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, lane));
}
