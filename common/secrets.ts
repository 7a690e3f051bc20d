/** Which keys hold secrets, and the mask that stands for them everywhere outside the conductor. */
import type { Json, JsonObject } from "./json.ts";
import { isJsonObject } from "./json.ts";

export const MASK = "******";

/** Parts of key names that mark a secret, compared without case. */
const MARKS = [
  "password",
  "passwd",
  "pswd",
  "adminpass",
  "admin_pass",
  "new_pass",
  "secret",
  "auth_token",
  "agent_token",
  "private_key",
  "auth_key",
  "priv_key",
  "hex_kg_key",
  "credential",
  "snmp_community",
];

/** Whole objects or texts that are secret by their name alone. */
const WHOLE = new Set(["configdrive", "image_url"]);

export function isSecretKey(key: string): boolean {
  const lower = key.toLowerCase();
  return WHOLE.has(lower) || MARKS.some((mark) => lower.includes(mark));
}

/** A copy with every secret value replaced by the mask, at any depth. Null stays null: it tells that none is set. */
export function maskSecrets(value: JsonObject): JsonObject {
  return maskValue(value) as JsonObject;
}

function maskValue(value: Json): Json {
  if (Array.isArray(value)) return value.map(maskValue);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, isSecretKey(key) && inner !== null ? MASK : maskValue(inner)]),
  );
}
