/** Operators of inspection rules. Each gets its arguments by name, with templates filled in. */
import { BlockList, isIP } from "node:net";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isList, namedArguments, OPERATOR_PARAMETERS } from "../../common/inspection-rules/arguments.ts";
import { operatorOf } from "../../common/inspection-rules/check.ts";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { ConditionOperator, RuleCondition } from "../../common/objects/inspection-rule.ts";
import { booleanOf } from "../reading.ts";
import { asText, filled, isUnresolved, type Scope } from "./template.ts";

type Operator = (args: JsonObject, raw: JsonObject, scope: Scope) => boolean;

/** A pattern and a text longer than this are not worth the time that matching may take. */
const MOST_CHARACTERS = 10_000;

const OPERATORS: Readonly<Record<ConditionOperator, Operator>> = {
  eq: (args) => inOrder(args, (one, other) => compare(one, other) === 0),
  lt: (args) => inOrder(args, (one, other) => compare(one, other) < 0),
  gt: (args) => inOrder(args, (one, other) => compare(one, other) > 0),
  "is-empty": ({ value = null }, raw, scope) => isUnresolved(raw.value ?? null, scope) || isEmpty(value),
  "in-net": ({ address, subnet }) => isInNet(asText(address ?? null), asText(subnet ?? null)),
  matches: ({ value, regex }) => pattern(regex, (text) => `^(?:${text})$`).test(subject(value)),
  contains: ({ value, regex }) => pattern(regex, (text) => text).test(subject(value)),
  "one-of": ({ value = null, values = null }) => isOneOf(value, values),
  "is-none": ({ value = null }) => value === null,
  "is-true": ({ value = null }) => isTruth(value, true),
  "is-false": ({ value = null }) => value === null || isTruth(value, false),
};

/** All of a rule's conditions. @throws InvalidParameterValue for one that cannot be judged */
export function allHold(conditions: readonly RuleCondition[], scope: Scope): boolean {
  return conditions.every((condition) => holds(condition, scope));
}

function holds(condition: RuleCondition, scope: Scope): boolean {
  const { loop, multiple = "any" } = condition;
  if (loop === undefined) return once(condition, scope);
  const results = itemsOf(loop, scope).map((item) => once(condition, { ...scope, item }));
  if (multiple === "all") return results.every(Boolean);
  if (multiple === "last") return results.at(-1) ?? false;
  // With the model, too, "first" is the first item for which it holds, wherever that stands.
  return results.some(Boolean);
}

/** A list's items, or an object as one item. */
export function itemsOf(loop: NonNullable<RuleCondition["loop"]>, scope: Scope): readonly Json[] {
  const items = isList(loop) ? loop : [loop as JsonObject];
  return items.map((item) => filled(item, scope));
}

function once({ op, args }: RuleCondition, scope: Scope): boolean {
  const { operator, inverted } = operatorOf(op);
  const raw = namedArguments(op, OPERATOR_PARAMETERS[operator], args);
  const result = OPERATORS[operator](filled(raw, scope) as JsonObject, raw, scope);
  return inverted ? !result : result;
}

function inOrder({ values = null, force_strings }: JsonObject, fits: (one: Json, other: Json) => boolean): boolean {
  if (!Array.isArray(values)) throw wrong("values", values, "a list");
  const compared = booleanOf(force_strings) === true ? values.map(asText) : values;
  return compared.every((value, index) => {
    const next = compared[index + 1];
    return next === undefined || fits(value, next);
  });
}

/** NaN where there is no order. */
function compare(first: Json, second: Json): number {
  // True is 1, as in the model's language.
  const [one, other] = [first, second].map((value) => (typeof value === "boolean" ? Number(value) : value));
  if (one === undefined || other === undefined) return Number.NaN;
  if (JSON.stringify(one) === JSON.stringify(other)) return 0;
  if (typeof one === "number" && typeof other === "number") return one - other;
  if (typeof one === "string" && typeof other === "string") return one < other ? -1 : 1;
  return Number.NaN;
}

function isEmpty(value: Json): boolean {
  if (value === null || value === "" || value === "None") return true;
  if (typeof value === "string") return /^\s*(\[\]|\{\})?\s*$/.test(value);
  return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
}

function isInNet(address: string, subnet: string): boolean {
  const [net = "", bits = ""] = subnet.split("/");
  const [family, length] = [isIP(net), bits === "" ? (isIP(net) === 6 ? 128 : 32) : Number(bits)];
  if (family === 0 || !Number.isInteger(length) || length < 0 || length > (family === 6 ? 128 : 32))
    throw wrong("subnet", subnet, "a network such as 10.0.0.0/8");
  if (isIP(address) === 0) throw wrong("address", address, "an IP address");
  if (isIP(address) !== family) return false;
  const type = family === 6 ? "ipv6" : "ipv4";
  const list = new BlockList();
  list.addSubnet(net, length, type);
  return list.check(address, type);
}

function pattern(regex: Json | undefined, whole: (text: string) => string): RegExp {
  const text = asText(regex ?? null);
  try {
    if (text.length <= MOST_CHARACTERS) return new RegExp(whole(text), "u");
  } catch {
    // Said below, with the pattern.
  }
  throw wrong("regex", text, "a regular expression");
}

const subject = (value: Json | undefined) => asText(value ?? null).slice(0, MOST_CHARACTERS);

function isOneOf(value: Json, values: Json): boolean {
  if (!Array.isArray(values)) throw wrong("values", values, "a list");
  return values.some((item) => JSON.stringify(item) === JSON.stringify(value));
}

function isTruth(value: Json, wanted: boolean): boolean {
  if (typeof value === "number") return (value !== 0) === wanted;
  return booleanOf(value) === wanted;
}

function wrong(name: string, value: Json, expected: string) {
  return InvalidParameterValue({ reason: `${name} is ${JSON.stringify(value).slice(0, 100)}; expected ${expected}.` });
}
