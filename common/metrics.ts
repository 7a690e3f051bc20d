/**
 * Metrics in Prometheus' text format: a registry of families that are read when somebody asks. The one file that knows
 * prom-client; loaded only where the endpoint is on.
 */
import { collectDefaultMetrics, type Metric, Registry } from "prom-client";
import type { Sample } from "./tallies.ts";

export interface Family {
  /** Snake case with the unit at its end, as Prometheus' conventions have it. */
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  /** A family that cannot be read now is left out, and counted. */
  read(): readonly Sample[] | Promise<readonly Sample[]>;
}

/** Milliseconds between two looks at the event loop. */
const LOOP_RESOLUTION_MS = 20;

/** Gauges with the name of a counter, of which Prometheus' own check complains; their sums by type are there. */
const MISNAMED = ["handles", "requests", "resources"].map((what) => `nodejs_active_${what}_total`);

export class Metrics implements Disposable {
  readonly #registry = new Registry();
  readonly #failed: (family: string, error: unknown) => void;
  #failures = 0;

  /** `failed` hears of families that could not be read. */
  constructor(failed: (family: string, error: unknown) => void) {
    this.#failed = failed;
    collectDefaultMetrics({ register: this.#registry, eventLoopMonitoringPrecision: LOOP_RESOLUTION_MS });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
    this.add({
      name: "ferric_metrics_failures_total",
      help: "Families of metrics that could not be read.",
      type: "counter",
      labels: [],
      read: () => [{ labels: [], value: this.#failures }],
    });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  add(family: Family): void {
    const { name, help, type } = family;
    // Counts are kept where they arise; prom-client's own counters would hash their labels with every request.
    const metric = { name, help, type, aggregator: "sum", get: () => this.#read(family), reset: () => {} };
    this.#registry.registerMetric(metric as unknown as Metric);
  }

  /**
   * The text, family by family: between two of them the caller may do other things. A family is read in one go when its turn
   * comes, so that what belongs together within it (the buckets of a histogram, its sum and count) is of one moment.
   */
  async *parts(): AsyncGenerator<string, void, void> {
    for (const { name } of this.#registry.getMetricsAsArray())
      yield `${await this.#registry.getSingleMetricAsString(name)}\n`;
  }

  [Symbol.dispose](): void {
    this.#registry.clear();
  }

  async #read(family: Family) {
    const { name, help, type, labels } = family;
    let samples: readonly Sample[] = [];
    try {
      samples = await family.read();
    } catch (error) {
      this.#failures++;
      this.#failed(name, error);
    }
    const values = samples.map((sample) => ({
      value: sample.value,
      labels: labelled(labels, sample),
      ...(sample.part === undefined ? {} : { metricName: `${name}${sample.part}` }),
    }));
    return { name, help, type, values };
  }
}

function labelled(names: readonly string[], { labels, le }: Sample): Record<string, string> {
  const all = Object.fromEntries(names.map((name, at) => [name, labels[at] ?? ""]));
  return le === undefined ? all : { ...all, le };
}
