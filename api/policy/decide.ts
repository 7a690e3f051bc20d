/** What a rule says about a caller: its residual, with every other rule it refers to worked in. */
import type { Check, Match, TargetKind } from "./check.ts";
import type { Credentials } from "./credentials.ts";
import { allOf, anyOf, negation, type Residual } from "./residual.ts";

export interface Asking {
  readonly credentials: Credentials;
  /** Null while services have no elevated access. */
  readonly serviceProject: string | null;
  /** The kind of record asked about: what a rule says of another kind is not true. */
  readonly target: TargetKind;
  /** Rules are free of circles and know all names they use: loading them has made sure. */
  check(rule: string): Check | undefined;
}

export function residualOf(check: Check, asking: Asking): Residual {
  switch (check.kind) {
    case "constant":
      return check.value;
    case "all":
      return allOf(check.parts.map((part) => residualOf(part, asking)));
    case "any":
      return anyOf(check.parts.map((part) => residualOf(part, asking)));
    case "not":
      return negation(residualOf(check.part, asking));
    case "rule": {
      const named = asking.check(check.name);
      return named === undefined ? false : residualOf(named, asking);
    }
    case "role":
      return asking.credentials.roles.includes(check.name);
    case "literal":
      return matches(check.left, check.match, asking);
    case "credential":
      return matches(asking.credentials[check.left], check.match, asking);
  }
}

type Value = string | readonly string[] | null;

/** Nothing equals nothing: a caller without a project owns no node without an owner. */
function matches(left: Value, match: Match, { credentials, serviceProject, target }: Asking): Residual {
  if (left === null) return false;
  if ("is" in match) return includes(left, match.is);
  if ("setting" in match) return serviceProject !== null && includes(left, serviceProject);
  if ("credential" in match) {
    const right = credentials[match.credential];
    return right !== null && (typeof right === "string" ? [right] : right).some((value) => includes(left, value));
  }
  const { field } = match;
  if (target === null || !field.startsWith(`${target}.`)) return false;
  const values = typeof left === "string" ? [left] : left;
  return anyOf(values.map((is) => ({ field, is, negated: false })));
}

function includes(left: Exclude<Value, null>, wanted: string): boolean {
  return typeof left === "string" ? left === wanted : left.includes(wanted);
}
