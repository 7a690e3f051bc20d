/**
 * Counts and durations by labels: cheap to add to, bounded in number, and read only when somebody asks for metrics. What
 * would be one series too many is counted under "other".
 */

export interface Sample {
  /** In the order of the family's label names. */
  readonly labels: readonly string[];
  readonly value: number;
  /** Of a histogram: the part of it, and the upper bound of a bucket. */
  readonly part?: "_bucket" | "_sum" | "_count";
  readonly le?: string;
}

const MOST_SERIES = 1000;
const OTHER = "other";

/** Label values as one key: none of ours holds this character. */
const keyOf = (labels: readonly string[]): string => labels.join("\u0000");

class Bounded<S> {
  readonly #series = new Map<string, { readonly labels: readonly string[]; readonly series: S }>();
  readonly #make: () => S;
  readonly #most: number;

  constructor(make: () => S, most: number) {
    this.#make = make;
    this.#most = most;
  }

  of(labels: readonly string[]): S {
    const found = this.#series.get(keyOf(labels));
    if (found !== undefined) return found.series;
    if (this.#series.size >= this.#most && labels.some((label) => label !== OTHER))
      return this.of(labels.map(() => OTHER));
    const series = this.#make();
    this.#series.set(keyOf(labels), { labels, series });
    return series;
  }

  all(): readonly { readonly labels: readonly string[]; readonly series: S }[] {
    return [...this.#series.values()];
  }
}

export class Count {
  value = 0;

  add(more = 1): void {
    this.value += more;
  }
}

export class Counts {
  readonly #all: Bounded<Count>;

  constructor(most = MOST_SERIES) {
    this.#all = new Bounded(() => new Count(), most);
  }

  of(...labels: readonly string[]): Count {
    return this.#all.of(labels);
  }

  samples(): readonly Sample[] {
    return this.#all.all().map(({ labels, series }) => ({ labels, value: series.value }));
  }
}

export class Durations {
  readonly #all: Bounded<Duration>;

  /** `bounds`: upper ends of the buckets in seconds, rising. */
  constructor(bounds: readonly number[], most = MOST_SERIES) {
    this.#all = new Bounded(() => new Duration(bounds), most);
  }

  of(...labels: readonly string[]): Duration {
    return this.#all.of(labels);
  }

  samples(): readonly Sample[] {
    return this.#all.all().flatMap(({ labels, series }) => series.samples(labels));
  }
}

export class Duration {
  readonly #bounds: readonly number[];
  /** One a bound, and one for what is above the last. */
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  add(seconds: number): void {
    let at = 0;
    while (at < this.#bounds.length && seconds > (this.#bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += seconds;
  }

  /** As Prometheus wants a histogram: buckets that hold all below their bound, sum and count. */
  samples(labels: readonly string[]): readonly Sample[] {
    const samples: Sample[] = [];
    let below = 0;
    for (const [at, count] of this.#counts.entries()) {
      below += count;
      samples.push({ labels, value: below, part: "_bucket", le: String(this.#bounds[at] ?? "+Inf") });
    }
    return [...samples, { labels, value: this.#sum, part: "_sum" }, { labels, value: below, part: "_count" }];
  }
}

/** Requests, calls to a conductor, exchanges with a BMC: from half a millisecond to half a minute. */
export const SHORT_BOUNDS: readonly number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.25, 1, 5, 30];
/** Steps and states of a flow: from a second to hours. */
export const LONG_BOUNDS: readonly number[] = [1, 5, 15, 60, 180, 300, 600, 1200, 1800, 3600, 10_800];
