/** Finds the route of a request: a radix tree of all paths (find-my-way). Words go before parameters. */
import FindMyWay, { type HTTPMethod, type HTTPVersion, type Instance } from "find-my-way";
import type { Route } from "./route.ts";

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** A path is bounded by what Node takes as a request's head. */
const PARAM_LENGTH = 16_384;

export class RouteFinder {
  readonly #paths: Instance<HTTPVersion.V1> = FindMyWay({ caseSensitive: true, maxParamLength: PARAM_LENGTH });

  constructor(routes: readonly Route[]) {
    for (const route of routes) this.#paths.on(route.method, route.path, unused, route);
  }

  /** With the parameters decoded. `path` is as it came, still encoded; one with something that is no encoding stands for itself. */
  find(method: string, path: string): Found | null {
    const found = this.#paths.find(method as HTTPMethod, path) ?? this.#undecoded(method, path);
    if (found === null || hasEmpty(found.params)) return null;
    return { route: found.store as Route, params: found.params as Record<string, string> };
  }

  #undecoded(method: string, path: string) {
    return path.includes("%") ? this.#paths.find(method as HTTPMethod, path.replaceAll("%", "%25")) : null;
  }
}

/** The tree is only asked where a path leads; what happens there is ours. */
function unused(): void {}

function hasEmpty(params: Readonly<Record<string, string | undefined>>): boolean {
  for (const name in params) if (params[name] === "") return true;
  return false;
}
