/** What can be read off a running conductor at any moment, for whoever makes metrics of it. */
import type { Core } from "./core.ts";

export interface ConductorMeters {
  readonly workers: { readonly busy: number; readonly size: number; readonly queued: number };
  readonly locks: {
    /** Held by tasks of this process. */
    readonly held: number;
    /** Requests that wait for one now. */
    readonly waiting: number;
  };
  readonly lockTally: Core["lines"]["tally"];
  /** Memory of what was said to controllers, bytes. */
  readonly bmcLogBytes: number;
}

export function metersOf({ pool, running, lines, bmcLog }: Core): ConductorMeters {
  return {
    workers: { busy: pool.busy, size: pool.size, queued: pool.queued },
    locks: { held: running.size, waiting: lines.waiting },
    lockTally: lines.tally,
    bmcLogBytes: bmcLog?.bytes ?? 0,
  };
}
