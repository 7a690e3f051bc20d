/** The rules in force: the defaults, with what an operator's files say in their place. All that is wrong is found before any is used. */
import { inspect } from "node:util";
import type { ConfigProblem } from "../../common/config/problem.ts";
import { type Check, NEVER, references } from "./check.ts";
import { parseRule, RuleSyntaxError } from "./parse.ts";
import type { PolicyRule } from "./rules/rule.ts";
import { POLICY_RULES } from "./rules/table.ts";

/** A rule as a file has it. */
export interface RuleOverride {
  readonly name: string;
  readonly rule: unknown;
  /** `policy.yaml:12`. */
  readonly where: string;
}

export interface LoadedRule extends PolicyRule {
  readonly parsed: Check;
  /** Where a file replaced the default; null where it did not. */
  readonly where: string | null;
}

export interface RuleSet {
  /** Ironic's and ferric's. */
  readonly rules: ReadonlyMap<string, LoadedRule>;
  /** Also those that a file made up for its own use. */
  check(name: string): Check | undefined;
}

export interface LoadedRules {
  readonly set: RuleSet;
  readonly problems: readonly ConfigProblem[];
}

/** What oslo.policy falls back to for rules that nobody defines; here every rule is defined. */
const FALLBACK = "default";

export function loadRules(overrides: readonly RuleOverride[] = []): LoadedRules {
  const problems: ConfigProblem[] = [];
  const read = new Map<string, { readonly check: Check; readonly override: RuleOverride }>();
  for (const override of overrides) read.set(override.name, { check: readCheck(override, problems), override });
  const rules = new Map<string, LoadedRule>();
  for (const rule of POLICY_RULES) {
    const known = read.get(rule.name);
    const parsed = known?.check ?? defaultCheck(rule);
    rules.set(rule.name, { ...rule, parsed, where: known?.override.where ?? null });
  }
  const check = (name: string) => rules.get(name)?.parsed ?? read.get(name)?.check;
  const used = new Set(
    [...[...rules.values()].map(({ parsed }) => parsed), ...[...read.values()].map((own) => own.check)].flatMap(
      references,
    ),
  );
  const sizes = new Sizes(check);
  for (const { override, check: own } of read.values()) {
    problems.push(
      ...unknownName(override, rules, used),
      ...unknownReferences(override, own, check),
      ...unbounded(override, sizes),
    );
  }
  return { set: { rules, check }, problems };
}

const defaults = new Map<string, Check>();

function defaultCheck({ name, check }: PolicyRule): Check {
  const known = defaults.get(name) ?? parseRule(check);
  defaults.set(name, known);
  return known;
}

function readCheck(override: RuleOverride, problems: ConfigProblem[]): Check {
  try {
    return parseRule(override.rule);
  } catch (error) {
    if (!(error instanceof RuleSyntaxError)) throw error;
    problems.push(problemOf(override, error.problem, error.remedy));
    return NEVER;
  }
}

/** A file may make up rules, as long as others refer to them: what nobody refers to is a slip, and would protect nothing. */
function unknownName(
  override: RuleOverride,
  rules: ReadonlyMap<string, unknown>,
  used: ReadonlySet<string>,
): readonly ConfigProblem[] {
  const { name } = override;
  if (rules.has(name) || name === FALLBACK || (used.has(name) && !/^(baremetal|ferric):/.test(name))) return [];
  const near = nearest(name, [...rules.keys()]);
  const remedy = near === null ? "take it away; `ferric policy list` shows all rules" : `did you mean "${near}"?`;
  return [problemOf(override, "there is no such rule, and no other refers to it", remedy)];
}

function unknownReferences(override: RuleOverride, own: Check, check: RuleSet["check"]): readonly ConfigProblem[] {
  return references(own)
    .filter((name) => check(name) === undefined)
    .map((name) =>
      problemOf(
        override,
        `it refers to rule:${name.slice(0, 100)}, which is not defined`,
        "define it, or name another",
      ),
    );
}

/** Nothing is as large as a rule that doubles itself a few times by way of others. */
const MOST_CHECKS = 5000;

/** Also where a rule spells out to more than anybody could have meant: deciding must stay quick. */
function unbounded(override: RuleOverride, sizes: Sizes): readonly ConfigProblem[] {
  const size = sizes.of(override.name);
  if (size === null) return [problemOf(override, "it refers to itself", "break the circle of its rule:... checks")];
  if (size <= MOST_CHECKS) return [];
  return [problemOf(override, `it spells out to more than ${MOST_CHECKS} checks`, "write it in fewer")];
}

/** How many checks each rule comes to with all that it refers to; null where that never ends. */
class Sizes {
  readonly #check: RuleSet["check"];
  readonly #known = new Map<string, number | null>();

  constructor(check: RuleSet["check"]) {
    this.#check = check;
  }

  of(name: string): number | null {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    this.#known.set(name, null);
    const size = this.#sizeOf(this.#check(name) ?? NEVER);
    this.#known.set(name, size);
    return size;
  }

  #sizeOf(check: Check): number | null {
    if (check.kind === "rule") return this.of(check.name);
    if (check.kind === "not") return this.#sizeOf(check.part);
    if (check.kind !== "all" && check.kind !== "any") return 1;
    let sum = 0;
    for (const part of check.parts) {
      const size = this.#sizeOf(part);
      if (size === null) return null;
      sum = Math.min(sum + size, MOST_CHECKS + 1);
    }
    return sum;
  }
}

function problemOf({ name, rule, where }: RuleOverride, problem: string, remedy: string): ConfigProblem {
  return { option: `rule "${name.slice(0, 100)}"`, value: text(rule), where, problem, remedy };
}

/** YAML's aliases make lists that contain themselves, or unfold without end: only what lies on top is written. */
const ON_TOP = { depth: 2, maxArrayLength: 10, maxStringLength: 200, breakLength: Number.POSITIVE_INFINITY };

function text(rule: unknown): string {
  const written = typeof rule === "string" ? rule : inspect(rule, ON_TOP);
  return written.length > 200 ? `${written.slice(0, 200)}...` : written;
}

/** Names that differ in a few letters, or only in what stands around them. */
function nearest(name: string, known: readonly string[]): string | null {
  const distances = known.map((candidate) => ({ candidate, distance: distance(name.slice(0, 100), candidate) }));
  const best = distances.reduce((one, other) => (other.distance < one.distance ? other : one));
  return best.distance <= Math.max(2, best.candidate.length / 6) ? best.candidate : null;
}

/** Levenshtein's. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const replaced = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, replaced));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
