/** Requests that were answered, by route and status: what a request pays for it is two look-ups and an addition. */
import { Duration, type Sample, SHORT_BOUNDS } from "../common/tallies.ts";

interface Answered {
  readonly route: string;
  readonly method: string;
  readonly took: Duration;
  readonly byStatus: Map<number, number>;
}

/** What no route takes: paths are of anybody's making, and must not become series. */
const NO_ROUTE = "none";
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]);

export class RequestTally {
  readonly #answered = new Map<string, Map<string, Answered>>();
  /** Requests whose answer is not out yet. */
  open = 0;

  /** `route`: its path with names of parameters; null for what none took. */
  done(route: string | null, method: string, status: number, ms: number): void {
    const answered = this.#of(route ?? NO_ROUTE, METHODS.has(method) ? method : "other");
    answered.took.add(ms / 1000);
    answered.byStatus.set(status, (answered.byStatus.get(status) ?? 0) + 1);
  }

  #of(route: string, method: string): Answered {
    let methods = this.#answered.get(route);
    if (methods === undefined) {
      methods = new Map();
      this.#answered.set(route, methods);
    }
    let answered = methods.get(method);
    if (answered === undefined) {
      answered = { route, method, took: new Duration(SHORT_BOUNDS), byStatus: new Map() };
      methods.set(method, answered);
    }
    return answered;
  }

  /** By route, method and status. */
  counts(): readonly Sample[] {
    return this.#all().flatMap(({ route, method, byStatus }) =>
      [...byStatus].map(([status, value]) => ({ labels: [route, method, String(status)], value })),
    );
  }

  /** By route and method. */
  durations(): readonly Sample[] {
    return this.#all().flatMap(({ route, method, took }) => took.samples([route, method]));
  }

  #all(): readonly Answered[] {
    return [...this.#answered.values()].flatMap((methods) => [...methods.values()]);
  }
}
