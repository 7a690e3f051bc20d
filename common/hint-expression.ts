/**
 * The operators of root device hints. Numeric: = (at least), ==, !=, >=, <=, >, <; text: s==, s!=, s>=, s>, s<=, s<,
 * <in>, <all-in>; lists: <or>, <range-in>. Without an operator a text must be equal and a number too. Case does not count.
 */
/** Its message says which hint cannot be used, and why. */
export class HintUnusable extends Error {}

const OPERATORS = [
  "s==",
  "s!=",
  "s>=",
  "s>",
  "s<=",
  "s<",
  "==",
  "!=",
  ">=",
  "<=",
  "<in>",
  "<all-in>",
  "<range-in>",
  "<or>",
  "=",
  ">",
  "<",
];

/** Whether a value fulfils an expression such as "<or> sda <or> sdb" or ">= 100". @throws HintUnusable when a number is not one */
export function matches(value: string | number, expression: string, kind: "text" | "number"): boolean {
  const trimmed = expression.trim();
  const operator = OPERATORS.find((candidate) => trimmed.startsWith(candidate));
  const rest = operator === undefined ? trimmed : trimmed.slice(operator.length).trim();
  // The specification splits words at blanks; hints escape blanks and others as in URLs.
  const wanted = decode(rest);
  const text = String(value).toLowerCase();
  if (operator === undefined) return kind === "number" ? Number(value) === numeric(wanted) : text === wanted;
  if (operator === "<or>") {
    const options = rest.split("<or>").map((item) => decode(item.trim()));
    return options.some((option) => (kind === "number" ? Number(value) === numeric(option) : text === option));
  }
  if (operator === "<in>") return text.includes(wanted);
  if (operator === "<all-in>") return rest.split(/\s+/).every((item) => text.includes(decode(item)));
  if (operator === "<range-in>") return inRange(numeric(String(value)), rest);
  if (operator.startsWith("s")) return compare(text, operator.slice(1), wanted);
  return compare(numeric(String(value)), operator, numeric(wanted));
}

/** Texts by the order of their characters. */
function compare<T extends string | number>(value: T, operator: string, wanted: T): boolean {
  switch (operator) {
    case "==":
      return value === wanted;
    case "!=":
      return value !== wanted;
    // A single equals sign means "at least", an oddity of the language.
    case "=":
    case ">=":
      return value >= wanted;
    case ">":
      return value > wanted;
    case "<=":
      return value <= wanted;
    default:
      return value < wanted;
  }
}

/** `[ 10 20 ]`, `( 10 20 ]` ...: square brackets include the bound. */
function inRange(value: number, range: string): boolean {
  const parts = /^([[(])\s*(\S+)\s+(\S+?)\s*([\])])$/.exec(range);
  if (parts === null) throw new HintUnusable(`root device hint range "${range}" is not of the form [ low high ]`);
  const [, open, low = "", high = "", close] = parts;
  const above = open === "[" ? value >= numeric(low) : value > numeric(low);
  const below = close === "]" ? value <= numeric(high) : value < numeric(high);
  return above && below;
}

function numeric(text: string): number {
  const number = text.trim() === "" ? Number.NaN : Number(text);
  if (Number.isNaN(number)) throw new HintUnusable(`root device hint "${text}" is compared as a number but is none`);
  return number;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text).toLowerCase();
  } catch {
    return text.toLowerCase();
  }
}
