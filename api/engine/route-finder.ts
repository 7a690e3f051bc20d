/** Finds the route of a request by method, collection and number of path segments; among those, by the table's order. */
import type { Route } from "./route.ts";

interface Candidate {
  readonly route: Route;
  readonly segments: readonly Segment[];
}

interface Segment {
  readonly text: string;
  /** Set where any text but the empty one fits. */
  readonly param: string | null;
}

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

const NO_PARAMS: Readonly<Record<string, string>> = {};

export class RouteFinder {
  readonly #candidates = new Map<string, Candidate[]>();

  /** Paths have no parameter before their third segment ("", "v1", collection). */
  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const parts = route.path.split("/");
      const segments = parts.map((text) => ({ text, param: text.startsWith(":") ? text.slice(1) : null }));
      const key = keyOf(route.method, parts);
      const known = this.#candidates.get(key);
      if (known === undefined) this.#candidates.set(key, [{ route, segments }]);
      else known.push({ route, segments });
    }
  }

  /** The first route that fits, with its parameters decoded. `path` is as it came, still encoded. */
  find(method: string, path: string): Found | null {
    const parts = path.split("/");
    for (const { route, segments } of this.#candidates.get(keyOf(method, parts)) ?? []) {
      if (fits(segments, parts)) return { route, params: paramsOf(segments, parts) };
    }
    return null;
  }
}

function keyOf(method: string, parts: readonly string[]): string {
  return `${method} ${parts.length} ${parts[2] ?? ""}`;
}

function fits(segments: readonly Segment[], parts: readonly string[]): boolean {
  for (let at = 0; at < segments.length; at += 1) {
    const segment = segments[at];
    if (segment?.param === null ? segment.text !== parts[at] : parts[at] === "") return false;
  }
  return true;
}

function paramsOf(segments: readonly Segment[], parts: readonly string[]): Readonly<Record<string, string>> {
  let params: Record<string, string> | null = null;
  for (let at = 3; at < segments.length; at += 1) {
    const name = segments[at]?.param ?? null;
    if (name === null) continue;
    params ??= {};
    params[name] = decoded(parts[at] ?? "");
  }
  return params ?? NO_PARAMS;
}

/** What is no valid encoding stands for itself. */
function decoded(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
