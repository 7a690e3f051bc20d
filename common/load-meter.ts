/** How this process fares: how late its event loop was, how much of a core it used, its memory. */
import { type IntervalHistogram, monitorEventLoopDelay } from "node:perf_hooks";

/** Milliseconds between two looks at the loop; what comes so late is late by the rest. */
const RESOLUTION_MS = 20;

export interface ProcessLoad {
  /** What this is measured over. */
  readonly seconds: number;
  readonly loop_delay_ms: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Of one core. */
  readonly cpu_percent: number;
  readonly memory_mb: number;
}

/** Measures from its making on, in windows that the reader ends. */
export class LoadMeter implements Disposable {
  readonly #loop: IntervalHistogram;
  #began = performance.now();
  #cpu = process.cpuUsage();

  constructor() {
    this.#loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#loop.enable();
  }

  /** The window so far. */
  read(): ProcessLoad {
    const ms = performance.now() - this.#began;
    const { user, system } = process.cpuUsage(this.#cpu);
    const late = (nanoseconds: number) => round(Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS));
    const { count, max } = this.#loop;
    const percentile = (share: number) => (count === 0 ? 0 : late(this.#loop.percentile(share)));
    return {
      seconds: round(ms / 1000),
      loop_delay_ms: { p50: percentile(50), p99: percentile(99), max: count === 0 ? 0 : late(max) },
      cpu_percent: round((user + system) / 10 / ms),
      memory_mb: Math.round(process.memoryUsage.rss() / 2 ** 20),
    };
  }

  /** The window so far, which ends with it. */
  next(): ProcessLoad {
    const load = this.read();
    this.#loop.reset();
    this.#began = performance.now();
    this.#cpu = process.cpuUsage();
    return load;
  }

  [Symbol.dispose](): void {
    this.#loop.disable();
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
