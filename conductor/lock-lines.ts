/**
 * Who wants a node's lock in this process, in the order of asking: only the first in line tries to take it, so that
 * nobody overtakes and the database is not asked by all of them at once. A line is in memory only, and short-lived.
 */

import { Count, Duration, SHORT_BOUNDS } from "../common/tallies.ts";

/** One place in a line; `leave` must be called, whatever became of it. */
export interface Place {
  /** Resolves true once it is first, false when `ms` are over or `gone` aborts before. */
  first(ms: number, gone: AbortSignal): Promise<boolean>;
  leave(): void;
}

type Waiter = { onFirst: (() => void) | null };

export class LockLines {
  readonly #lines = new Map<string, Waiter[]>();
  /** How it went with the locks that were asked for here. */
  readonly tally = { taken: new Count(), refused: new Count(), waited: new Duration(SHORT_BOUNDS) };

  /** Those that want some lock now. */
  get waiting(): number {
    let waiting = 0;
    for (const line of this.#lines.values()) waiting += line.length;
    return waiting;
  }

  /** Those that want the node's lock now. */
  length(node: string): number {
    return this.#lines.get(node)?.length ?? 0;
  }

  join(node: string): Place {
    const line = this.#lines.get(node) ?? [];
    this.#lines.set(node, line);
    const waiter: Waiter = { onFirst: null };
    line.push(waiter);
    return {
      first: (ms, gone) => (line[0] === waiter ? Promise.resolve(true) : turn(waiter, ms, gone)),
      leave: () => this.#leave(node, line, waiter),
    };
  }

  #leave(node: string, line: Waiter[], waiter: Waiter): void {
    const at = line.indexOf(waiter);
    if (at === -1) return;
    line.splice(at, 1);
    if (line.length === 0) this.#lines.delete(node);
    else if (at === 0) line[0]?.onFirst?.();
  }
}

function turn(waiter: Waiter, ms: number, gone: AbortSignal): Promise<boolean> {
  if (gone.aborted || ms <= 0) return Promise.resolve(false);
  return new Promise((resolve) => {
    const end = (first: boolean) => {
      clearTimeout(timer);
      gone.removeEventListener("abort", giveUp);
      waiter.onFirst = null;
      resolve(first);
    };
    const giveUp = () => end(false);
    const timer = setTimeout(giveUp, ms);
    gone.addEventListener("abort", giveUp, { once: true });
    waiter.onFirst = () => end(true);
  });
}
