/** Every rule, decided for every kind of caller, against the contract's facts. Generated: a line a decision that differs. */
import assert from "node:assert/strict";
import { RuledCaller } from "../../../../api/policy/caller.ts";
import { satisfies, type Target } from "../../../../api/policy/residual.ts";
import { loadRules } from "../../../../api/policy/rule-set.ts";
import { POLICY_RULES } from "../../../../api/policy/rules/table.ts";
import { PERSONAS, PROJECTS } from "../../../support/personas.ts";
import { contractFile, WHY_SKIPPED } from "../../common/contract-file.ts";

interface RuleFacts {
  readonly allowed: readonly string[];
  readonly scope_types?: readonly string[];
}
interface Facts {
  readonly rules: Readonly<Record<string, RuleFacts>>;
  readonly helper_rules: Readonly<Record<string, RuleFacts>>;
}

const facts = contractFile("policies.json") as Facts | null;

/** One node that is owned and leased, one allocation and one runbook of the owner's. */
const TARGET: Target = {
  "node.owner": PROJECTS.owner,
  "node.lessee": PROJECTS.lessee,
  "allocation.owner": PROJECTS.owner,
  "runbook.owner": PROJECTS.owner,
};

function allowed(rule: string, serviceProject: string | null = null): readonly string[] {
  const { set } = loadRules();
  return Object.entries(PERSONAS)
    .filter(([, identity]) => satisfies(new RuledCaller(identity, set, { serviceProject }).need(rule).residual, TARGET))
    .map(([name]) => name);
}

describe(`the matrix of rules and callers ${facts === null ? WHY_SKIPPED : ""}`, () => {
  before(function () {
    if (facts === null) this.skip();
  });

  it("decides every rule for every caller as the contract has it", () => {
    const { rules = {}, helper_rules = {} } = facts ?? {};
    const wrong: string[] = [];
    for (const [rule, { allowed: expected }] of Object.entries({ ...rules, ...helper_rules })) {
      const decided = new Set(allowed(rule));
      for (const name of Object.keys(PERSONAS))
        if (decided.has(name) !== expected.includes(name)) wrong.push(`${rule} for ${name}: ${decided.has(name)}`);
    }
    assert.deepEqual(wrong, []);
    assert.equal(Object.keys(rules).length * Object.keys(PERSONAS).length, 122 * 22);
  });

  it("has all rules, no others of Ironic's, and their scopes", () => {
    const { rules = {}, helper_rules = {} } = facts ?? {};
    const ours = POLICY_RULES.filter(({ name }) => !name.startsWith("ferric:"));
    assert.deepEqual(ours.map(({ name }) => name).sort(), [...Object.keys(rules), ...Object.keys(helper_rules)].sort());
    for (const { name, scopes } of ours) {
      const expected = rules[name]?.scope_types;
      assert.deepEqual(scopes, expected === undefined || expected.length === 0 ? null : expected, name);
    }
  });
});

describe("elevated access of services", () => {
  const elevated = (rule: string) => allowed(rule, "service").includes("service-project-service");

  it("lets the service project's services do what the system's members do, and no more", () => {
    for (const rule of ["baremetal:node:get", "baremetal:node:list_all", "baremetal:node:set_power_state"])
      assert.ok(elevated(rule), rule);
    for (const rule of ["baremetal:node:delete", "baremetal:node:vendor_passthru", "baremetal:node:update:shard"])
      assert.ok(!elevated(rule), rule);
  });

  it("is for that project and for the service role alone", () => {
    const with_ = allowed("baremetal:node:list_all", "service");
    assert.deepEqual(
      with_.filter((name) => !name.startsWith("system-")),
      ["service-project-service"],
    );
    assert.ok(!allowed("baremetal:node:list_all", "another").includes("service-project-service"));
    assert.ok(!allowed("baremetal:node:list_all").includes("service-project-service"));
  });
});

describe("ferric's own rules", () => {
  it("let readers look at what they may see, and administrators of the system act", () => {
    const acting = ["ferric:node:abort", "ferric:node:lock:release"];
    for (const rule of acting) assert.deepEqual(allowed(rule), ["system-admin"], rule);
    assert.deepEqual(
      allowed("ferric:events:get").filter((name) => !name.startsWith("system-")),
      [],
    );
    for (const rule of ["ferric:node:progress:get", "ferric:node:lock:get"]) {
      assert.ok(allowed(rule).includes("owner-reader"));
      for (const name of ["lessee-admin", "other-admin"]) assert.ok(!allowed(rule).includes(name));
    }
  });
});
