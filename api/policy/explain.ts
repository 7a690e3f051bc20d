/** Why a rule decides as it does: each check it comes to, and whether that holds for a caller and a record. */
import type { Identity } from "../../common/identity.ts";
import { type PolicySettings, RuledCaller } from "./caller.ts";
import type { Check, Match } from "./check.ts";
import { credentialsOf, scopeOf } from "./credentials.ts";
import { residualOf } from "./decide.ts";
import { satisfies, type Target } from "./residual.ts";
import type { RuleSet } from "./rule-set.ts";

export interface Explanation {
  readonly allowed: boolean;
  /** The rule in force, as text. */
  readonly rule: string;
  /** Lines: `yes  role:admin`. */
  readonly checks: readonly string[];
  /** The token is for something that the rule is not meant for; null where it is not. */
  readonly outOfScope: string | null;
}

/** @throws TypeError for a rule that there is not */
export function explain(
  name: string,
  identity: Identity,
  target: Target,
  set: RuleSet,
  settings: PolicySettings,
): Explanation {
  const { rule, residual } = new RuledCaller(identity, set, settings).need(name);
  const check = (other: string) => set.check(other);
  const asking = { credentials: credentialsOf(identity), ...settings, target: rule.target, check };
  const holds = (part: Check) => satisfies(residualOf(part, asking), target);
  const scope = scopeOf(identity) ?? "nothing in particular";
  const inScope = rule.scopes === null || rule.scopes.some((known) => known === scope);
  return {
    allowed: satisfies(residual, target),
    rule: textOf(rule.parsed),
    checks: [...new Set(atomsOf(rule.parsed, set).map((atom) => `${holds(atom) ? "yes" : "no "}  ${textOf(atom)}`))],
    outOfScope: inScope ? null : `the token is for ${scope}, the rule for ${rule.scopes?.join(" and ")}`,
  };
}

function atomsOf(check: Check, set: RuleSet): readonly Check[] {
  if (check.kind === "not") return atomsOf(check.part, set);
  if (check.kind === "all" || check.kind === "any") return check.parts.flatMap((part) => atomsOf(part, set));
  if (check.kind !== "rule") return [check];
  const named = set.check(check.name);
  return [check, ...(named === undefined ? [] : atomsOf(named, set))];
}

/** A check in the language of rules. */
export function textOf(check: Check): string {
  switch (check.kind) {
    case "constant":
      return check.value ? "@" : "!";
    case "all":
    case "any":
      return `(${check.parts.map(textOf).join(check.kind === "all" ? " and " : " or ")})`;
    case "not":
      return `not ${textOf(check.part)}`;
    case "rule":
    case "role":
      return `${check.kind}:${check.name}`;
    case "literal":
      return `'${check.left}':${matchText(check.match)}`;
    case "credential":
      return `${check.left}:${matchText(check.match)}`;
  }
}

function matchText(match: Match): string {
  if ("is" in match) return match.is;
  if ("field" in match) return `%(${match.field})s`;
  return `%(${"credential" in match ? match.credential : match.setting})s`;
}
