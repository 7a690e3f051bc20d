/** What a switch says about itself by LLDP (IEEE 802.1AB), from the type-length-values that the ramdisk collects. */
import { isJsonObject, type Json, type JsonObject, writtenOf } from "../../common/json.ts";
import type { InspectionData } from "./inspection-data.ts";

const TYPE = { chassisId: 1, portId: 2, portDescription: 4, systemName: 5, systemDescription: 6 } as const;
/** Subtypes of identifiers: MAC address in chassis (4) and port (3); the other ones that are read are text. */
const CHASSIS_MAC = 4;
const CHASSIS_TEXT = [1, 6, 7];
const PORT_MAC = 3;
const PORT_TEXT = [1, 5, 7];

export interface Neighbour {
  readonly switch_chassis_id?: string;
  readonly switch_port_id?: string;
  readonly switch_port_description?: string;
  readonly switch_system_name?: string;
  readonly switch_system_description?: string;
}

/** By name of the network card; what cannot be read is left out. */
export function neighbours(data: InspectionData): Readonly<Record<string, Neighbour>> {
  const raw = isJsonObject(data.plugin.lldp_raw ?? null) ? (data.plugin.lldp_raw as JsonObject) : {};
  const cards = Array.isArray(data.inventory.interfaces) ? data.inventory.interfaces : [];
  const own = cards.flatMap((card): [string, Json][] =>
    isJsonObject(card) && Array.isArray(card.lldp) ? [[writtenOf(card.name), card.lldp]] : [],
  );
  const all = new Map([...own, ...Object.entries(raw)]);
  const read = [...all].map(([name, values]): [string, Neighbour] => [name, neighbourOf(values)]);
  return Object.fromEntries(read.filter(([, neighbour]) => Object.keys(neighbour).length > 0));
}

function neighbourOf(values: Json): Neighbour {
  const found: Record<string, string> = {};
  for (const item of Array.isArray(values) ? values : []) {
    const [type, hex] = Array.isArray(item) ? item : [];
    if (typeof hex !== "string" || !/^([0-9a-f]{2})+$/i.test(hex)) continue;
    const [name, text] = readValue(Number(type), Buffer.from(hex, "hex"));
    if (text !== null) found[name] = text;
  }
  return found;
}

function readValue(type: number, bytes: Buffer): readonly [string, string | null] {
  if (type === TYPE.chassisId) return ["switch_chassis_id", identifier(bytes, CHASSIS_MAC, CHASSIS_TEXT)];
  if (type === TYPE.portId) return ["switch_port_id", identifier(bytes, PORT_MAC, PORT_TEXT)];
  if (type === TYPE.portDescription) return ["switch_port_description", textOf(bytes)];
  if (type === TYPE.systemName) return ["switch_system_name", textOf(bytes)];
  return ["switch_system_description", type === TYPE.systemDescription ? textOf(bytes) : null];
}

function identifier(bytes: Buffer, mac: number, texts: readonly number[]): string | null {
  const [subtype = 0] = bytes;
  const rest = bytes.subarray(1);
  if (subtype === mac && rest.length === 6)
    return [...rest].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  return texts.includes(subtype) ? textOf(rest) : null;
}

function textOf(bytes: Buffer): string | null {
  const text = bytes.toString("utf8").replaceAll("\u0000", "").trim();
  return text === "" ? null : text;
}
