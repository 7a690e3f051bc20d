/** The parameters of operators and actions of inspection rules, and arguments brought into their names. Source: contract schemas/inspection-rule-create.json. */
import { InvalidParameterValue } from "../errors/request.ts";
import type { Json, JsonObject } from "../json.ts";
import type { ConditionOperator, RuleActionName, RuleArguments } from "../objects/inspection-rule.ts";

interface Parameters {
  readonly required: readonly string[];
  readonly optional?: readonly string[];
}

const COMPARED: Parameters = { required: ["values"], optional: ["force_strings"] };
const VALUE: Parameters = { required: ["value"] };
const MATCHED: Parameters = { required: ["value", "regex"] };

export const OPERATOR_PARAMETERS: Readonly<Record<ConditionOperator, Parameters>> = {
  eq: COMPARED,
  lt: COMPARED,
  gt: COMPARED,
  "is-empty": VALUE,
  "in-net": { required: ["address", "subnet"] },
  matches: MATCHED,
  contains: MATCHED,
  "one-of": { required: ["value", "values"] },
  "is-none": VALUE,
  "is-true": VALUE,
  "is-false": VALUE,
};

const SET: Parameters = { required: ["path", "value"] };
const EXTEND: Parameters = { required: ["path", "value"], optional: ["unique"] };
const PATH: Parameters = { required: ["path"] };
const NAME: Parameters = { required: ["name"] };

export const ACTION_PARAMETERS: Readonly<Record<RuleActionName, Parameters>> = {
  fail: { required: ["msg"] },
  log: { required: ["msg"], optional: ["level"] },
  "set-attribute": SET,
  "extend-attribute": EXTEND,
  "del-attribute": PATH,
  "set-capability": { required: ["name", "value"] },
  "unset-capability": NAME,
  "add-trait": NAME,
  "remove-trait": NAME,
  "set-plugin-data": SET,
  "extend-plugin-data": EXTEND,
  "unset-plugin-data": PATH,
  "set-port-attribute": { required: ["port_id", "path", "value"] },
  "extend-port-attribute": { required: ["port_id", "path", "value"], optional: ["unique"] },
  "del-port-attribute": { required: ["port_id", "path"] },
  "api-call": { required: ["url"], optional: ["headers", "proxies", "timeout", "retries", "backoff_factor"] },
};

/** By name. @throws InvalidParameterValue naming every argument that is missing or unexpected */
export function namedArguments(op: string, parameters: Parameters, args: RuleArguments): JsonObject {
  const names = [...parameters.required, ...(parameters.optional ?? [])];
  const given: [string, Json][] = isList(args)
    ? args.map((value, index): [string, Json] => [names[index] ?? `number ${index + 1}`, value])
    : Object.entries(args);
  const known = given.map(([name]) => name);
  const missing = parameters.required.filter((name) => !known.includes(name));
  const unexpected = known.filter((name) => !names.includes(name));
  if (missing.length === 0 && unexpected.length === 0) return Object.fromEntries(given);
  const problems = [
    ...(missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []),
    ...(unexpected.length > 0 ? [`unexpected: ${unexpected.join(", ").slice(0, 200)}`] : []),
  ];
  throw InvalidParameterValue({
    reason: `Arguments of "${op}" do not fit (${problems.join("; ")}); it takes ${names.join(", ")}.`,
  });
}

export function isList(value: RuleArguments | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
