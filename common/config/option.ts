import { isIP } from "node:net";

/** One typed option of the configuration. Sections and names are Ironic's own wherever it has the option. */
export interface Option<T> {
  readonly kind: "string" | "integer" | "number" | "boolean" | "list" | "dict" | "choice" | "multi";
  readonly default: T;
  readonly help: string;
  /** @throws Error whose message says what is wrong with `raw` */
  parse(raw: string): T;
  readonly secret?: true;
  /** The value Ironic's own default has, where ours differs when no file is given (options with a security meaning). */
  readonly withFile?: T;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
}

type Extra<T> = { secret?: true; withFile?: T; min?: number; max?: number };

export const string = (value: string, help: string, extra: Extra<string> = {}): Option<string> => ({
  kind: "string",
  default: value,
  help,
  parse: (raw) => raw,
  ...extra,
});

export const optional = (help: string, extra: Extra<string | null> = {}): Option<string | null> => ({
  kind: "string",
  default: null,
  help,
  parse: (raw) => (raw === "" || raw === "<None>" ? null : raw),
  ...extra,
});

function parseNumber(raw: string, whole: boolean, extra: Extra<number>): number {
  const value = Number(raw);
  if (raw.trim() === "" || !Number.isFinite(value) || (whole && !Number.isInteger(value)))
    throw new Error(`expected a ${whole ? "whole " : ""}number, got "${raw}"`);
  if (extra.min !== undefined && value < extra.min) throw new Error(`must be at least ${extra.min}, got ${raw}`);
  if (extra.max !== undefined && value > extra.max) throw new Error(`must be at most ${extra.max}, got ${raw}`);
  return value;
}

export const integer = (value: number, help: string, extra: Extra<number> = {}): Option<number> => ({
  kind: "integer",
  default: value,
  help,
  parse: (raw) => parseNumber(raw, true, extra),
  ...extra,
});

export const number = (value: number, help: string, extra: Extra<number> = {}): Option<number> => ({
  kind: "number",
  default: value,
  help,
  parse: (raw) => parseNumber(raw, false, extra),
  ...extra,
});

const TRUE = ["true", "1", "yes", "on"];
const FALSE = ["false", "0", "no", "off"];

export const boolean = (value: boolean, help: string, extra: Extra<boolean> = {}): Option<boolean> => ({
  kind: "boolean",
  default: value,
  help,
  parse(raw) {
    const word = raw.trim().toLowerCase();
    if (TRUE.includes(word)) return true;
    if (FALSE.includes(word)) return false;
    throw new Error(`expected true or false, got "${raw}"`);
  },
  ...extra,
});

export const list = (
  value: readonly string[],
  help: string,
  extra: Extra<readonly string[]> = {},
): Option<readonly string[]> => ({
  kind: "list",
  default: value,
  help,
  parse: (raw) =>
    raw
      .split(",")
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  ...extra,
});

/** A list of networks in CIDR notation. */
export const networks = (value: readonly string[], help: string): Option<readonly string[]> => ({
  ...list(value, help),
  parse(raw) {
    const all = list([], help).parse(raw);
    const wrong = all.find((network) => !isNetwork(network));
    if (wrong !== undefined) throw new Error(`expected networks as ADDRESS/PREFIX, got "${wrong}"`);
    return all;
  },
});

function isNetwork(text: string): boolean {
  const [address = "", prefix = ""] = text.split("/");
  const longest = isIP(address) === 6 ? 128 : 32;
  return isIP(address) !== 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest;
}

/** May be given more than once, as oslo.config's MultiStrOpt; each value goes through `one`. @throws Error from `one` */
export const multi = <T>(help: string, one: (raw: string) => T): Option<readonly T[]> => ({
  kind: "multi",
  default: [],
  help,
  parse: (raw) =>
    raw
      .split("\n")
      .map((item) => item.trim())
      .filter((item) => item !== "")
      .map(one),
});

/** `key:value,key:value`, as oslo.config writes dictionaries. */
export const dict = (
  value: Readonly<Record<string, string>>,
  help: string,
): Option<Readonly<Record<string, string>>> => ({
  kind: "dict",
  default: value,
  help,
  parse(raw) {
    const pairs = raw.split(",").filter((item) => item.trim() !== "");
    return Object.fromEntries(
      pairs.map((pair) => {
        const at = pair.indexOf(":");
        if (at < 1) throw new Error(`expected key:value pairs, got "${pair}"`);
        return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
      }),
    );
  },
});

export const choice = <C extends string>(
  choices: readonly C[],
  value: C,
  help: string,
  extra: Extra<C> = {},
): Option<C> => ({
  kind: "choice",
  default: value,
  help,
  choices,
  parse(raw) {
    const found = choices.find((item) => item === raw);
    if (found === undefined) throw new Error(`expected one of ${choices.join(", ")}, got "${raw}"`);
    return found;
  },
  ...extra,
});

export type Group = Readonly<Record<string, Option<unknown>>>;
export type Values<G extends Group> = { readonly [K in keyof G]: G[K] extends Option<infer T> ? T : never };
