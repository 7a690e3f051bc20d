/** What a node may be called. Source: contract fields.json (node name) and schemas/common.json. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { writtenOf } from "../../common/json.ts";
import { isUuidLike } from "../engine/values.ts";

/** Before 1.5 nodes had no names; until 1.9 only host names were names. */
export const NAMES_SINCE = 5;
const LOGICAL_SINCE = 10;

const LOGICAL = /^[A-Za-z0-9._~-]{1,255}$/;
const HOST_SAFE = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;

/** Words that mean something else in a path. */
const RESERVED = new Set(["maintenance", "management", "states", "vendor_passthru", "detail", "validate"]);

/** Whether `ident` can be a name at this minor at all. */
export function isNameAt(ident: string, minor: number): boolean {
  return minor >= LOGICAL_SINCE ? LOGICAL.test(ident) : ident.length <= 255 && HOST_SAFE.test(ident);
}

/** @throws InvalidParameterValue; `subject` begins the message, e.g. "Node <uuid>: " or "" */
export function checkNodeName(name: unknown, minor: number, subject: string): void {
  if (typeof name !== "string") {
    throw InvalidParameterValue({ reason: `${subject}The name cannot be ${writtenOf(name)}; remove it instead.` });
  }
  if (isUuidLike(name)) {
    throw InvalidParameterValue({ reason: `${subject}The name "${name}" looks like a UUID; choose another one.` });
  }
  if (RESERVED.has(name)) {
    throw InvalidParameterValue({ reason: `${subject}The name "${name}" is a reserved word; choose another one.` });
  }
  if (!isNameAt(name, minor)) {
    const allowed = minor >= LOGICAL_SINCE ? 'letters, digits, "-", ".", "_" and "~"' : "what a host name may have";
    throw InvalidParameterValue({ reason: `${subject}The name "${name}" is invalid: use only ${allowed}.` });
  }
}
