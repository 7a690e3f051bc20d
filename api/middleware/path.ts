/**
 * Brings paths into the one form the router knows: the /v1 prefix may be left out, a slash at the end does not count,
 * and below 1.91 a ".json" at the end is dropped. Source: contract errors.json, routing_quirks.
 */
import type { ApiContext } from "./state.ts";

const JSON_SUFFIX_UNTIL = 90;

export interface RoutedPath {
  readonly path: string;
  readonly jsonSuffix: boolean;
}

export function routedPath(path: string, minor: number): RoutedPath {
  let trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  const jsonSuffix = minor <= JSON_SUFFIX_UNTIL && trimmed.endsWith(".json");
  if (jsonSuffix) trimmed = trimmed.slice(0, -".json".length);
  if (trimmed === "/" || trimmed === "/v1" || trimmed.startsWith("/v1/")) return { path: trimmed, jsonSuffix };
  return { path: `/v1${trimmed}`, jsonSuffix };
}

export function normalizePath(ctx: ApiContext): void {
  const { path, jsonSuffix } = routedPath(ctx.path, ctx.state.minor);
  ctx.state.jsonSuffix = jsonSuffix;
  ctx.path = path;
}
