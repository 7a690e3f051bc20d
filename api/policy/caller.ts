/** Callers as the rules see them. What a rule says of one is worked out once. */
import type { Identity } from "../../common/identity.ts";
import { accessOf, type Judge, type Need } from "./access.ts";
import { credentialsOf, type Scope, scopeOf } from "./credentials.ts";
import { residualOf } from "./decide.ts";
import { type Access, type Caller, FULL_ACCESS, type Reveals } from "./enforce.ts";
import { type Hiding, hidingOf } from "./hiding.ts";
import type { Residual } from "./residual.ts";
import type { LoadedRule, RuleSet } from "./rule-set.ts";

/** What the configuration says of policies. */
export interface PolicySettings {
  /** [DEFAULT]rbac_service_project_name while rbac_service_role_elevated_access is on. */
  readonly serviceProject: string | null;
}

export class RuledCaller implements Caller, Judge {
  readonly enforced = true;
  readonly project: string | null;
  readonly hiding: Hiding | null;
  readonly reveals: Reveals | null;
  readonly #judgement: Judgement;
  readonly #accesses = new Map<string, Access>();

  constructor(identity: Identity, rules: RuleSet, settings: PolicySettings) {
    this.#judgement = new Judgement(identity, rules, settings);
    this.project = identity.project_id;
    this.hiding = hidingOf((rule) => this.#judgement.need(rule).residual);
    this.reveals = this.#judgement.reveals();
  }

  access(...rules: readonly string[]): Access {
    const [only] = rules;
    if (rules.length !== 1 || only === undefined)
      return accessOf(
        rules.map((rule) => this.need(rule)),
        this,
      );
    const known = this.#accesses.get(only) ?? accessOf([this.need(only)], this);
    this.#accesses.set(only, known);
    return known;
  }

  allows(rule: string): boolean {
    return this.need(rule).residual === true;
  }

  need(rule: string): Need {
    return this.#judgement.need(rule);
  }
}

/** Without Keystone every rule passes, except those that show secrets. */
export class FreeCaller implements Caller {
  readonly enforced = false;
  readonly project = null;
  readonly hiding = null;
  readonly reveals: Reveals | null;

  constructor(identity: Identity, rules: RuleSet, settings: PolicySettings) {
    this.reveals = new Judgement(identity, rules, settings).reveals();
  }

  access(): Access {
    return FULL_ACCESS;
  }

  allows(): boolean {
    return true;
  }
}

/** What each rule comes to for one identity. */
class Judgement {
  readonly #identity: Identity;
  readonly #rules: RuleSet;
  readonly #settings: PolicySettings;
  readonly #needs = new Map<string, Need>();

  constructor(identity: Identity, rules: RuleSet, settings: PolicySettings) {
    this.#identity = identity;
    this.#rules = rules;
    this.#settings = settings;
  }

  need(name: string): Need {
    const known = this.#needs.get(name);
    if (known !== undefined) return known;
    const rule = this.#rules.rules.get(name);
    if (rule === undefined) throw new TypeError(`no policy rule is called ${name}`);
    const need = { rule, residual: this.#residual(rule) };
    this.#needs.set(name, need);
    return need;
  }

  reveals(): Reveals | null {
    const [driver, instance] = ["show_password", "show_instance_secrets"].map(
      (rule) => this.need(rule).residual === true,
    );
    return driver === true || instance === true ? { driver: driver === true, instance: instance === true } : null;
  }

  #residual(rule: LoadedRule): Residual {
    if (!inScope(rule, scopeOf(this.#identity))) return false;
    const { serviceProject } = this.#settings;
    const check = (name: string) => this.#rules.check(name);
    return residualOf(rule.parsed, {
      credentials: credentialsOf(this.#identity),
      serviceProject,
      target: rule.target,
      check,
    });
  }
}

/** Upstream's enforce_scope, which is always on. */
function inScope({ scopes }: LoadedRule, scope: Scope): boolean {
  return scopes === null || scopes.some((known) => known === scope);
}
