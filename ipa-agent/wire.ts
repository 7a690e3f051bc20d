/** Reads fields of JSON that came over the wire: each answers the typed value, or null when it is absent or of another type. */
import { isJsonObject, type Json, type JsonObject } from "../common/json.ts";

export function textOf(from: JsonObject, key: string): string | null {
  const value = from[key];
  return typeof value === "string" && value !== "" ? value : null;
}

export function numberOf(from: JsonObject, key: string): number | null {
  const value = from[key];
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** True for JSON true and the texts operators write for it. */
export function flagOf(from: JsonObject, key: string): boolean {
  return isTrue(from[key] ?? null);
}

export function isTrue(value: Json): boolean {
  return value === true || (typeof value === "string" && /^(1|t|true|y|yes|on)$/i.test(value.trim()));
}

export function objectOf(from: JsonObject, key: string): JsonObject {
  const value = from[key];
  return isJsonObject(value) ? value : {};
}

export function listOf(from: JsonObject, key: string): readonly Json[] {
  const value = from[key];
  return Array.isArray(value) ? value : [];
}

export function textsOf(from: JsonObject, key: string): readonly string[] {
  return listOf(from, key).filter((item): item is string => typeof item === "string");
}

/** Parses a JSON document that must be an object; `what` names it in the error. */
export function parseObject(text: string, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(`${what} is not JSON: ${text.slice(0, 120)}`);
  }
  if (!isJsonObject(value)) throw new Error(`${what} is not a JSON object`);
  return value;
}
