/**
 * Kinds of values that clients send: a JSON schema each (checked by ajv in validate.ts) and, where the wire allows more
 * spellings than we store, the conversion that follows the check. Source: contract schemas/common.json.
 */
export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Kind {
  readonly schema: JsonSchema;
  /** Runs after the schema has accepted the value. */
  readonly convert?: (value: unknown) => unknown;
}

const TRUE_TEXTS = new Set(["true", "t", "on", "yes", "y", "1"]);
const FALSE_TEXTS = new Set(["false", "f", "off", "no", "n", "0"]);

/** True or false for the accepted spellings in any letter case, null for other text. */
export function booleanOf(text: string): boolean | null {
  const word = text.toLowerCase();
  if (TRUE_TEXTS.has(word)) return true;
  return FALSE_TEXTS.has(word) ? false : null;
}

export const BOOLEAN_TEXTS = "true/t/on/yes/y/1 or false/f/off/no/n/0";

const USUAL_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lenient: dashes optional, any case, braces and the urn prefix allowed. */
export function isUuidLike(text: string): boolean {
  if (USUAL_UUID.test(text)) return true;
  const bare = text.replace(/^(urn:)?(uuid:)?\{?|\}$/gi, "").replaceAll("-", "");
  return /^[0-9a-f]{32}$/i.test(bare);
}

export function isMac(text: string): boolean {
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text);
}

export const text = (maxLength = 255): Kind => ({ schema: { type: ["string", "null"], maxLength } });
export const filledText = (maxLength = 255): Kind => ({
  schema: { type: ["string", "null"], minLength: 1, maxLength },
});
export const mandatoryText = (maxLength = 255): Kind => ({ schema: { type: "string", maxLength } });

export const uuid: Kind = { schema: { type: ["string", "null"], format: "lenient-uuid" } };
export const mandatoryUuid: Kind = { schema: { type: "string", format: "lenient-uuid" } };

const toBoolean = (value: unknown) => (typeof value === "string" ? booleanOf(value) : value);
export const flag: Kind = {
  schema: { type: ["boolean", "string", "null"], format: "boolean-text" },
  convert: toBoolean,
};
export const strictFlag: Kind = { schema: { type: "boolean" } };

/** Null stands for an empty object. */
export const jsonObject: Kind = { schema: { type: ["object", "null"] }, convert: (value) => value ?? {} };

const lower = (value: unknown) => (typeof value === "string" ? value.toLowerCase() : value);
export const mac: Kind = { schema: { type: "string", format: "mac" }, convert: lower };
export const lowerText = (maxLength = 255): Kind => ({ ...text(maxLength), convert: lower });
