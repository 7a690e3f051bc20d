/** Reads what operators write into driver_info and instance_info, where values may be JSON or text. */
import { type Json, writtenOf } from "../common/json.ts";

const TRUE = ["true", "t", "1", "yes", "y", "on"];
const FALSE = ["false", "f", "0", "no", "n", "off"];

/** True and false in JSON and in the spellings that Ironic accepts; null for everything else. */
export function booleanOf(value: Json | undefined): boolean | null {
  if (typeof value === "boolean") return value;
  const word = writtenOf(value ?? "")
    .trim()
    .toLowerCase();
  if (TRUE.includes(word)) return true;
  return FALSE.includes(word) ? false : null;
}

/** A text that is not empty, or null. */
export function textOf(value: Json | undefined): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}
