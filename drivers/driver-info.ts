/**
 * Keys of driver_info as operators write them (JSON or text), checked and typed: one wording for what is missing or wrong.
 * Each function throws MissingParameterValue or InvalidParameterValue naming key, value and remedy.
 */
import type { FerricError } from "../common/errors/fault.ts";
import { InvalidParameterValue, MissingParameterValue } from "../common/errors/request.ts";
import type { Json, JsonObject } from "../common/json.ts";

/** Host names and addresses; never taken for an option, whatever program gets them. */
const HOST = /^[A-Za-z0-9[:][A-Za-z0-9.:%_[\]-]*$/;

/** `remedy`: what to set it to, as in "set it to the address of the PDU". */
export function missing(key: string, remedy: string): FerricError {
  return MissingParameterValue({ reason: `driver_info/${key} is missing; ${remedy}.` });
}

/** `value` must be no secret. */
export function wrong(key: string, value: string, expected: string): FerricError {
  return InvalidParameterValue({ reason: `driver_info/${key} is "${value}"; expected ${expected}.` });
}

/** A text that is not empty, or a number as text; null for everything else. */
export function wordOf(value: Json | undefined): string | null {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : null;
}

/** A required host; `whose`: "the PDU". */
export function hostOf(info: JsonObject, key: string, whose: string): string {
  const host = wordOf(info[key]);
  if (host === null) throw missing(key, `set it to the host name or address of ${whose}`);
  if (!HOST.test(host)) throw wrong(key, host, "a host name or address");
  return host;
}

export function portOf(info: JsonObject, key: string, standard: number): number {
  return integerOf(info, key, { least: 1, most: 65535, what: "a port", standard });
}

export function integerOf(
  info: JsonObject,
  key: string,
  range: { readonly least: number; readonly most: number; readonly what: string; readonly standard: number },
): number {
  const text = wordOf(info[key]) ?? String(range.standard);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < range.least || value > range.most)
    throw wrong(key, text, `${range.what} from ${range.least} to ${range.most}`);
  return value;
}

export function oneOf<C extends string>(info: JsonObject, key: string, choices: readonly C[], standard: C): C {
  const value = wordOf(info[key]);
  if (value === null) return standard;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw wrong(key, value, `one of ${choices.join(", ")}`);
  return found;
}

/** A secret within `most` bytes and without control characters; null when absent. The value is never told. */
export function secretOf(info: JsonObject, key: string, most: number): string | null {
  const secret = wordOf(info[key]);
  if (secret === null) return null;
  const bytes = Buffer.byteLength(secret);
  if (bytes > most)
    throw InvalidParameterValue({
      reason: `driver_info/${key} has ${bytes} bytes; the protocol has room for ${most}: set a shorter one there and here.`,
    });
  if (hasControls(secret))
    throw InvalidParameterValue({ reason: `driver_info/${key} must not contain line breaks or control characters.` });
  return secret;
}

/** Control characters end a field, a line or a command in most protocols. */
export function hasControls(text: string): boolean {
  return [...text].some((character) => character < " " || character === "\x7f");
}
