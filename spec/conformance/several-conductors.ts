/** The recordings were made with one conductor. Here they are made to say what the same requests give with several. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type Json } from "../../common/json.ts";

const ONE = "<host:h>";
/** Fields that name the conductor of a node: which it is, the ring says by the node's new id. */
const OF_A_NODE: ReadonlySet<string> = new Set(["conductor", "reservation"]);

/** Writes all recordings of `from` into the folder `into`. `hosts`: the conductors, in the order in which lists have them. */
export function recordingsFor(hosts: readonly string[], from: string, into: string): void {
  mkdirSync(into);
  for (const name of readdirSync(from).filter((file) => file.endsWith(".json"))) {
    const recording: Json = JSON.parse(readFileSync(join(from, name), "utf8"));
    writeFileSync(join(into, name), JSON.stringify(forSeveral(recording, hosts)));
  }
}

function forSeveral(value: Json, hosts: readonly string[]): Json {
  if (typeof value === "string") return value.replaceAll(ONE, hosts[0] ?? "");
  if (Array.isArray(value)) return value.map((item) => forSeveral(item, hosts));
  if (!isJsonObject(value)) return value;
  // A page of a list has as many items as were asked for.
  const isPage = "next" in value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, fieldFor(key, field, hosts, isPage)]));
}

function fieldFor(key: string, field: Json, hosts: readonly string[], isPage: boolean): Json {
  if (field === ONE && OF_A_NODE.has(key)) return "<any>";
  if (Array.isArray(field) && field.length === 1 && (key === "hosts" || (key === "conductors" && !isPage)))
    return hosts.flatMap((host) => forSeveral(field, [host]));
  return forSeveral(field, hosts);
}
