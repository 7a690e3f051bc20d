/**
 * Bounded background work. A place is claimed before anything is changed, so that a refusal leaves the node as it was.
 * Short work (heartbeats, lookups, recovery) may use the reserved share; requests of users may not, and are refused where
 * there is none. What the conductor does by itself waits for its turn.
 */
import { NoFreeConductorWorker } from "../common/errors/driver.ts";
import { Turns } from "./turns.ts";

export type WorkKind = "user" | "short";

/** A claimed place: exactly one of `run` and `free` must be called. */
export interface WorkerSlot {
  /** Starts the work; it must not reject. The place is free again when it ends. */
  run(work: () => Promise<void>): void;
  free(): void;
}

export class WorkerPool {
  readonly #size: number;
  readonly #reserved: number;
  readonly #onEscaped: (error: unknown) => void;
  #busy = 0;
  #waiting: (() => void)[] = [];
  /** Who waits for a place, by conductor group. */
  readonly #turns = new Turns<() => void>();

  /** `onEscaped` hears of work that rejected although it must not. */
  constructor(size: number, reservedPercent: number, onEscaped: (error: unknown) => void) {
    this.#size = size;
    this.#reserved = Math.floor((size * reservedPercent) / 100);
    this.#onEscaped = onEscaped;
  }

  get busy(): number {
    return this.#busy;
  }

  get size(): number {
    return this.#size;
  }

  /** Work of the conductor's own that waits for a place. */
  get queued(): number {
    return this.#turns.size;
  }

  /** @throws NoFreeConductorWorker */
  claim(kind: WorkKind): WorkerSlot {
    const limit = kind === "user" ? this.#size - this.#reserved : this.#size;
    if (this.#busy >= limit) throw NoFreeConductorWorker({});
    return this.claimAlways();
  }

  /** A place for short work as soon as there is one, groups in turn; null when `gone` aborts before. */
  next(group: string, gone: AbortSignal): Promise<WorkerSlot | null> {
    if (gone.aborted) return Promise.resolve(null);
    if (this.#busy < this.#size) return Promise.resolve(this.claimAlways());
    return new Promise((resolve) => {
      const serve = () => {
        gone.removeEventListener("abort", leave);
        resolve(this.claimAlways());
      };
      const leave = () => {
        this.#turns.remove(group, serve);
        resolve(null);
      };
      gone.addEventListener("abort", leave, { once: true });
      this.#turns.push(group, serve);
    });
  }

  /** A place beyond the limit if need be: for recovery, which must not wait for what it recovers from. */
  claimAlways(): WorkerSlot {
    this.#busy++;
    let open = true;
    const free = () => {
      if (!open) return;
      open = false;
      this.#busy--;
      if (this.#busy < this.#size) this.#turns.shift()?.();
      if (this.#busy === 0) for (const wake of this.#waiting.splice(0)) wake();
    };
    return { free, run: (work) => void this.#run(work, free) };
  }

  async #run(work: () => Promise<void>, free: () => void): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#onEscaped(error);
    } finally {
      free();
    }
  }

  /** Resolves once no place is taken. */
  async idle(): Promise<void> {
    while (this.#busy > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}
