/** Query parameters: what a route accepts, from which minor, and how the text becomes a value. */
import { InvalidMac, InvalidParameterValue, InvalidUuid } from "../../common/errors/request.ts";
import { own, refuseNewer } from "./project.ts";
import { BOOLEAN_TEXTS, booleanOf, isMac, isUuidLike, type JsonSchema } from "./values.ts";

export interface ParamDef<T> {
  readonly since?: number;
  /** Answer below `since`; 406 when absent. */
  readonly below?: 400 | 406;
  /** Of the text, for the documentation; any text when absent. */
  readonly schema?: JsonSchema;
  parse(raw: string, name: string): T;
}

export type ParamDefs = Readonly<Record<string, ParamDef<unknown>>>;
export type Parsed<P extends ParamDefs> = {
  readonly [K in keyof P]?: P[K] extends ParamDef<infer T> ? T : never;
};

type Options = Omit<ParamDef<unknown>, "parse">;

export const textParam = (options: Options = {}): ParamDef<string> => ({ ...options, parse: (raw) => raw });

export const listParam = (options: Options = {}): ParamDef<readonly string[]> => ({
  schema: { type: "string", description: "Values with commas between." },
  ...options,
  parse: (raw) => raw.split(","),
});

/** Field names: lower-cased, each once, empty ones dropped. */
export const fieldsParam = (options: Options = {}): ParamDef<readonly string[]> => ({
  schema: { type: "string", description: "Names of fields with commas between." },
  ...options,
  parse: (raw) => [...new Set(raw.split(",").map((name) => name.trim().toLowerCase()))].filter((name) => name !== ""),
});

export const booleanParam = (options: Options = {}): ParamDef<boolean> => ({
  schema: { type: "string", description: BOOLEAN_TEXTS },
  ...options,
  parse(raw, name) {
    const value = booleanOf(raw);
    if (value === null)
      throw InvalidParameterValue({ reason: `Invalid ${name}: "${raw}"; give one of ${BOOLEAN_TEXTS}.` });
    return value;
  },
});

export const integerParam = (options: Options = {}): ParamDef<number> => ({
  schema: { type: "integer" },
  ...options,
  parse(raw, name) {
    if (!/^[+-]?\d{1,15}$/.test(raw.trim()))
      throw InvalidParameterValue({ reason: `Expected an integer for ${name}: "${raw}".` });
    return Number(raw);
  },
});

export const uuidParam = (options: Options = {}): ParamDef<string> => ({
  schema: { type: "string", format: "lenient-uuid" },
  ...options,
  parse(raw) {
    if (!isUuidLike(raw)) throw InvalidUuid({ uuid: raw });
    return raw;
  },
});

export const macParam = (options: Options = {}): ParamDef<string> => ({
  schema: { type: "string", format: "mac" },
  ...options,
  parse(raw) {
    if (!isMac(raw)) throw InvalidMac({ mac: raw });
    return raw.toLowerCase();
  },
});

export const choiceParam = <C extends string>(choices: readonly C[], options: Options = {}): ParamDef<C> => ({
  schema: { enum: choices },
  ...options,
  parse(raw, name) {
    const found = choices.find((choice) => choice === raw);
    if (found === undefined)
      throw InvalidParameterValue({ reason: `Invalid ${name}: "${raw}"; give one of ${choices.join(", ")}.` });
    return found;
  },
});

/**
 * The values of a query string. Forms are checked before versions.
 * @throws InvalidParameterValue for unknown, repeated or malformed parameters, NotAcceptable for newer ones
 */
export function parseQuery<P extends ParamDefs>(
  defs: P,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
  minor: number,
): Parsed<P> {
  const values: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(query)) {
    const def = own(defs, name);
    if (def === undefined) {
      throw InvalidParameterValue({
        reason: `Unexpected argument "${name}"; this request accepts ${Object.keys(defs).join(", ") || "none"}.`,
      });
    }
    if (typeof raw !== "string") {
      throw InvalidParameterValue({ reason: `Parameter "${name}" is given more than once; give it once.` });
    }
    values[name] = def.parse(raw, name);
  }
  for (const name of Object.keys(values)) refuseParam(name, defs[name], minor);
  return values as Parsed<P>;
}

function refuseParam(name: string, def: ParamDef<unknown> | undefined, minor: number): void {
  if (def?.since === undefined || def.since <= minor) return;
  if (def.below === 400) {
    throw InvalidParameterValue({
      reason: `Unexpected argument "${name}" in API version 1.${minor}; it needs 1.${def.since} or newer.`,
    });
  }
  refuseNewer(name, def.since, minor);
}
