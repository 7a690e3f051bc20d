/**
 * Access rules of application credentials: what a token may be used for at all, whatever roles it has. Source: Identity
 * API v3, "Access Rules": "*" and "{name}" stand for one part of a path, "**" for any number of them.
 */
import type { AccessRule } from "./token-facts.ts";

export interface Use {
  readonly service: string;
  readonly method: string;
  readonly path: string;
}

/** Null rules restrict nothing. */
export function allowsUse(rules: readonly AccessRule[] | null, use: Use): boolean {
  if (rules === null) return true;
  return rules.some(
    ({ service, method, path }) => service === use.service && method === use.method && matches(path, use.path),
  );
}

function matches(pattern: string, path: string): boolean {
  return matchFrom(pattern.split("/"), path.split("/"));
}

/** Column by column of the table "does what is left of the pattern match what is left of the path": no backtracking. */
function matchFrom(pattern: readonly string[], path: readonly string[]): boolean {
  let reached = new Set([0]);
  for (const part of pattern) {
    const next = new Set<number>();
    for (const at of reached) {
      if (part === "**") for (let end = at; end <= path.length; end++) next.add(end);
      else if (at < path.length && matchesPart(part, path[at] ?? "")) next.add(at + 1);
    }
    reached = next;
  }
  return reached.has(path.length);
}

function matchesPart(part: string, given: string): boolean {
  if (part === "*" || /^\{\w+\}$/.test(part)) return given !== "";
  return part === given;
}
