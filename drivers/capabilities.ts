/** properties/capabilities of a node, the text `name:value,name:value`: changed without moving what stays. */
import type { Json } from "../common/json.ts";
import { textOf } from "./reading.ts";

/** `changes`: values by name, null takes one out. What is there keeps its place, what is new goes to the end. */
export function withCapabilities(before: Json | undefined, changes: ReadonlyMap<string, string | null>): string {
  const pairs = (textOf(before) ?? "").split(",").filter((pair) => pair !== "");
  const values = new Map<string, string | null>(pairs.map((pair) => [nameOf(pair), pair]));
  for (const [name, value] of changes) values.set(name, value === null ? null : `${name}:${value}`);
  return [...values.values()].filter((pair) => pair !== null).join(",");
}

function nameOf(pair: string): string {
  const colon = pair.indexOf(":");
  return colon < 0 ? pair : pair.slice(0, colon);
}
