/** Policy files of a running API: refused at the start when wrong, read again when changed, and never half in force. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { policyReference, policySample } from "../../../../api/policy/describe.ts";
import { parsePolicies } from "../../../../api/policy/policy-file.ts";
import { loadRules } from "../../../../api/policy/rule-set.ts";
import { RuledPolicy } from "../../../../api/policy/ruled-policy.ts";
import { POLICY_RULES } from "../../../../api/policy/rules/table.ts";
import { type ConfigOverrides, defaultConfig } from "../../../../common/config/config.ts";
import { loadConfig } from "../../../../common/config/load.ts";
import { ConfigError } from "../../../../common/config/problem.ts";
import { silent } from "../../../../common/log.ts";
import { persona } from "../../../support/personas.ts";

const RULE = "baremetal:conductor:get";

describe("policy files of an API", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "ferric-policy-"));
    file = join(folder, "policy.yaml");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const config = (overrides: ConfigOverrides = {}) =>
    defaultConfig({ ...overrides, oslo_policy: { policy_file: file, ...overrides.oslo_policy } });
  const caller = (policy: RuledPolicy, name: string) => policy.caller({ identity: persona(name) });

  it("are refused at the start with every mistake, its line and what to do", () => {
    writeFileSync(file, '"baremetal:node:get": "role"\n"baremetal:node:delet": "@"\n');
    assert.throws(
      () => new RuledPolicy(config(), silent),
      (error) =>
        error instanceof ConfigError && error.problems.map(({ where }) => where).join() === `${file}:1,${file}:2`,
    );
  });

  it("that are named and missing are refused too", () => {
    assert.throws(() => new RuledPolicy(config(), silent), /policy_file.*cannot be read.*ENOENT/s);
    const folders = config({ oslo_policy: { policy_file: null, policy_dirs: [join(folder, "none")] } });
    assert.throws(() => new RuledPolicy(folders, silent), /policy_dirs.*cannot be read/s);
  });

  it("may ask for the domains of a user and of its project", () => {
    writeFileSync(file, `"${RULE}": "user_domain_id:d-1 and project_domain_id:d-2"`);
    const policy = new RuledPolicy(config(), silent);
    const inDomains = (user_domain_id: string | null, project_domain_id: string | null) =>
      policy.caller({ identity: { ...persona("owner-reader"), user_domain_id, project_domain_id } }).allows(RULE);
    assert.deepEqual(
      [inDomains("d-1", "d-2"), inDomains("d-1", "d-1"), inDomains("d-2", "d-2"), inDomains(null, null)],
      [true, false, false, false],
    );
  });

  it("count as soon as they change, for callers that have been seen before too", () => {
    writeFileSync(file, "{}");
    const policy = new RuledPolicy(config(), silent);
    assert.equal(caller(policy, "owner-reader").allows(RULE), false);
    writeFileSync(file, `"${RULE}": "role:reader"`);
    policy.refresh();
    assert.equal(caller(policy, "owner-reader").allows(RULE), true);
    rmSync(file);
    writeFileSync(file, `"${RULE}": "!"`);
    policy.refresh();
    assert.equal(caller(policy, "system-admin").allows(RULE), false);
  });

  it("that become wrong or go away leave the rules as they were, and say so", () => {
    writeFileSync(file, `"${RULE}": "role:reader"`);
    const told: string[] = [];
    const log = { ...silent, info: () => {}, error: (_detail: object, text: string) => void told.push(text) };
    const policy = new RuledPolicy(config(), log);
    for (const spoil of [() => writeFileSync(file, `"${RULE}": "role:`), () => rmSync(file)]) {
      spoil();
      policy.refresh();
      assert.equal(caller(policy, "owner-reader").allows(RULE), true);
    }
    assert.match(told[0] ?? "", new RegExp(`not used: .*${file}:1`, "s"));
    assert.match(told[1] ?? "", /cannot be read/);
    writeFileSync(file, "{}");
    policy.refresh();
    assert.equal(caller(policy, "owner-reader").allows(RULE), false);
  });

  it("in folders win over the file, the last by name over the others", () => {
    const parts = join(folder, "policy.d");
    mkdirSync(parts);
    writeFileSync(file, `"${RULE}": "@"`);
    writeFileSync(join(parts, "10.yaml"), `"${RULE}": "!"`);
    writeFileSync(join(parts, "20.json"), `{"${RULE}": "role:manager"}`);
    writeFileSync(join(parts, "notes.txt"), "not a policy file");
    const policy = new RuledPolicy(config({ oslo_policy: { policy_file: file, policy_dirs: [parts] } }), silent);
    assert.equal(caller(policy, "owner-manager").allows(RULE), true);
    assert.equal(caller(policy, "owner-member").allows(RULE), false);
    writeFileSync(join(parts, "30.yaml"), `"${RULE}": "role:member"`);
    policy.refresh();
    assert.equal(caller(policy, "owner-member").allows(RULE), true);
  });

  it("beside the configuration file are used without being named", () => {
    const conf = join(folder, "ironic.conf");
    writeFileSync(conf, "[DEFAULT]\nauth_strategy = noauth\n");
    assert.equal(loadConfig({ files: [conf] }).config.oslo_policy.policy_file, null);
    writeFileSync(file, "{}");
    mkdirSync(join(folder, "policy.d"));
    const { policy_file, policy_dirs } = loadConfig({ files: [conf] }).config.oslo_policy;
    assert.deepEqual([policy_file, policy_dirs], [file, [join(folder, "policy.d")]]);
    writeFileSync(conf, "[DEFAULT]\nauth_strategy = noauth\n[oslo_policy]\npolicy_file = policy.yaml\n");
    assert.equal(loadConfig({ files: [conf] }).config.oslo_policy.policy_file, file);
  });

  it("decide about callers of Keystone; who comes in without it may do everything, but sees no secrets", () => {
    writeFileSync(file, `"${RULE}": "!"\n"show_password": "role:admin and system_scope:all"\n`);
    const basic = new RuledPolicy(config({ DEFAULT: { auth_strategy: "http_basic" } }), silent);
    const nobody = new RuledPolicy(config(), silent).caller({});
    for (const free of [caller(basic, "other-reader"), nobody]) {
      assert.deepEqual([free.enforced, free.allows(RULE), free.hiding, free.reveals], [false, true, null, null]);
    }
    const policy = new RuledPolicy(config(), silent);
    assert.equal(caller(policy, "system-admin").allows(RULE), false);
    assert.deepEqual(caller(policy, "system-admin").reveals, { driver: true, instance: false });
    assert.equal(caller(policy, "system-manager").reveals, null);
  });
});

describe("the pages about rules", () => {
  it("a sample, with every line in force, changes nothing", () => {
    const { overrides, problems } = parsePolicies(policySample().replace(/^#"/gm, '"'), "sample.yaml");
    assert.deepEqual(problems, []);
    const { set, problems: wrong } = loadRules(overrides);
    assert.deepEqual(wrong, []);
    const { set: defaults } = loadRules();
    assert.equal(overrides.length, POLICY_RULES.length);
    for (const { name } of POLICY_RULES) assert.deepEqual(set.check(name), defaults.check(name), name);
  });

  it("docs/policies.md is fresh (npm run ferric -- policy reference > docs/policies.md)", () => {
    const page = join(import.meta.dirname, "../../../../docs/policies.md");
    assert.equal(readFileSync(page, "utf8"), policyReference());
  });
});
