/** What some rules allow one caller: refusals, and conditions of the queries that find records. */
import type { Condition } from "../../db/contract.ts";
import { type Access, denied, type Visibility } from "./enforce.ts";
import { RECORDS, type RecordFacts, type RecordKind } from "./records.ts";
import { conditionOf, type Residual, satisfies } from "./residual.ts";
import type { LoadedRule } from "./rule-set.ts";

/** A rule and what is left of it for the caller. */
export interface Need {
  readonly rule: LoadedRule;
  readonly residual: Residual;
}

/** What an access asks of its caller. */
export interface Judge {
  readonly project: string | null;
  need(rule: string): Need;
}

/** @throws NotAuthorized */
export function accessOf(needs: readonly Need[], judge: Judge): Access {
  for (const { rule, residual } of needs) {
    if (rule.target === null && residual !== true && !LIST_RULES.has(rule.name)) throw denied(rule.name);
  }
  return new RuledAccess(needs, judge);
}

/** Who does not pass them may see a part of the list: `listed` decides. */
const LIST_RULES: ReadonlySet<string> = new Set(Object.values(RECORDS).map(({ lists }) => lists.all));

/** Nothing can satisfy the rule: nobody needs to be asked. */
type Conditions = readonly Condition[] | "never";

class RuledAccess implements Access {
  readonly #needs: readonly Need[];
  readonly #judge: Judge;
  readonly #seen = new Map<RecordKind, Conditions>();
  readonly #listed = new Map<RecordKind, Visibility>();

  constructor(needs: readonly Need[], judge: Judge) {
    this.#needs = needs;
    this.#judge = judge;
  }

  refuseUnknown(): void {
    const need = this.#needs.find(({ residual }) => residual !== true);
    if (need !== undefined) throw denied(need.rule.name);
  }

  async permitted<T>(kind: RecordKind, find: (visibility: Visibility) => Promise<T | null>): Promise<T | null> {
    const facts = RECORDS[kind];
    const seen = this.#seeing(kind, facts);
    if (seen === "never") return null;
    const needs = this.#needs.filter(({ rule }) => rule.target === facts.target && rule.name !== facts.seenBy);
    const asked = needs.map((need) => conditionsOf(need, facts, this.#judge.project));
    const open = asked.filter((conditions) => conditions !== "never");
    if (open.length === asked.length) {
      const conditions = open.flat();
      const found = await find(visible([...seen, ...conditions]));
      if (found !== null || conditions.length === 0) return found;
    }
    if ((await find(visible(seen))) === null) return null;
    throw await this.#refusal(needs, facts, (conditions) => find(visible([...seen, ...conditions])));
  }

  /** The first rule that the record does not satisfy is the one that the caller is told. */
  async #refusal(needs: readonly Need[], facts: RecordFacts, find: (more: readonly Condition[]) => Promise<unknown>) {
    for (const need of needs) {
      const conditions = conditionsOf(need, facts, this.#judge.project);
      if (conditions === "never" || (await find(conditions)) === null) return denied(need.rule.name);
    }
    return denied(needs[0]?.rule.name ?? facts.seenBy);
  }

  listed(kind: RecordKind): Visibility {
    const known = this.#listed.get(kind) ?? this.#list(kind);
    this.#listed.set(kind, known);
    return known;
  }

  #list(kind: RecordKind): Visibility {
    const { lists, own, open } = RECORDS[kind];
    const [all, mine] = [this.#judge.need(lists.all), this.#judge.need(lists.own)];
    if (all.residual === true) return {};
    if (mine.residual !== true) throw denied(lists.all);
    const { project } = this.#judge;
    const parts = [...(project === null ? [] : partsOf(own(project))), ...(open === undefined ? [] : [[open]])];
    return { visibility: [{ anyOf: parts }] };
  }

  #seeing(kind: RecordKind, facts: RecordFacts): Conditions {
    const known = this.#seen.get(kind);
    if (known !== undefined) return known;
    const conditions = conditionsOf(this.#judge.need(facts.seenBy), facts, this.#judge.project);
    this.#seen.set(kind, conditions);
    return conditions;
  }
}

/** What stores take apart to find a page by it must be no "or" within another. */
function partsOf(condition: Condition): readonly (readonly Condition[])[] {
  return "anyOf" in condition ? condition.anyOf : [[condition]];
}

function conditionsOf({ residual, rule }: Need, facts: RecordFacts, project: string | null): Conditions {
  if (residual === false) return "never";
  const condition = conditionOf(residual, facts.column);
  if (condition === null) return [];
  return isOpen(residual, rule, facts, project) ? [{ anyOf: [[condition], [facts.open ?? condition]] }] : [condition];
}

/** What everybody may do with a public runbook: what they may do with their own project's. */
const OPEN_RULES: ReadonlySet<string> = new Set(["baremetal:runbook:get", "baremetal:runbook:use"]);

function isOpen(residual: Residual, rule: LoadedRule, { open }: RecordFacts, project: string | null): boolean {
  if (open === undefined || !OPEN_RULES.has(rule.name)) return false;
  return satisfies(residual, { "runbook.owner": project });
}

function visible(conditions: readonly Condition[]): Visibility {
  return conditions.length === 0 ? {} : { visibility: conditions };
}
