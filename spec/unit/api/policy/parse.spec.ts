/** The language of rules: what oslo.policy reads is read alike, what it would silently take for "never" is refused. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { credentialsOf } from "../../../../api/policy/credentials.ts";
import { residualOf } from "../../../../api/policy/decide.ts";
import { parseRule, RuleSyntaxError } from "../../../../api/policy/parse.ts";
import { satisfies, type Target } from "../../../../api/policy/residual.ts";
import { ANONYMOUS, type Identity } from "../../../../common/identity.ts";

const MEMBER: Identity = {
  ...ANONYMOUS,
  user_id: "u1",
  project_id: "p1",
  project_name: "red",
  roles: ["Member", "reader"],
};
const SYSTEM: Identity = { ...ANONYMOUS, user_id: "u2", system_scope: "all", roles: ["admin"] };

function decides(rule: unknown, identity: Identity, target: Target = {}): boolean {
  const named = { is_red: parseRule("project_name:red"), nested: parseRule("rule:is_red and role:member") };
  const residual = residualOf(parseRule(rule), {
    credentials: credentialsOf(identity),
    serviceProject: null,
    target: "node",
    check: (name) => Object.entries(named).find(([known]) => known === name)?.[1],
  });
  return satisfies(residual, target);
}

const mine = { "node.owner": "p1", "node.lessee": null };
const theirs = { "node.owner": "p9", "node.lessee": "p8" };

describe("rules", () => {
  for (const [rule, member, system] of [
    ["", true, true],
    ["@", true, true],
    ["!", false, false],
    ["role:member", true, false],
    ["role:MEMBER", true, false],
    ["system_scope:all", false, true],
    ["role:member or system_scope:all", true, true],
    ["role:admin and system_scope:all", false, true],
    ["not role:admin", true, false],
    ["not not role:admin", false, true],
    ["role:reader or role:x and role:y", true, false],
    ["(role:reader or role:x) and role:y", false, false],
    ["role:x and role:y or role:admin", false, true],
    ["not role:x and role:member", true, false],
    ["NOT role:x AND role:member", true, false],
    ["((role:member))", true, false],
    ["( role:member )", true, false],
    ["rule:is_red", true, false],
    ["rule:nested", true, false],
    ["is_admin:True", false, false],
    ["tenant:p1", true, false],
    ["'p1':%(project_id)s", true, false],
    ["user_id:%(user_id)s", true, true],
    ["project_id:%(project_id)s", true, false],
    ["None:%(node.owner)s", false, false],
  ] as const)
    it(`"${rule}" is ${member} for a member of a project and ${system} for the system's administrator`, () => {
      assert.deepEqual([decides(rule, MEMBER), decides(rule, SYSTEM)], [member, system]);
    });

  it("compare callers with the record in question", () => {
    const rule = "project_id:%(node.owner)s or project_id:%(node.lessee)s";
    assert.equal(decides(rule, MEMBER, mine), true);
    assert.equal(decides(rule, MEMBER, theirs), false);
    assert.equal(decides(`not (${rule})`, MEMBER, theirs), true);
    assert.equal(decides(`not (${rule})`, MEMBER, mine), false);
    assert.equal(decides("'p9':%(node.owner)s", SYSTEM, theirs), true);
  });

  it("find nothing equal to nothing: who has no project owns no node without an owner", () => {
    assert.equal(decides("project_id:%(node.owner)s", SYSTEM, { "node.owner": null, "node.lessee": null }), false);
  });

  it("say no about records of another kind", () => {
    assert.equal(decides("project_id:%(allocation.owner)s", MEMBER, { "allocation.owner": "p1" }), false);
  });

  it("may be lists of lists: any of, all of", () => {
    assert.equal(decides([["role:x"], ["role:member", "rule:is_red"]], MEMBER), true);
    assert.equal(decides([["role:member", "role:x"]], MEMBER), false);
    assert.equal(decides(["role:x", "role:member"], MEMBER), true);
    assert.equal(decides([], SYSTEM), true);
    assert.equal(decides([[]], SYSTEM), false);
  });

  for (const [rule, problem] of [
    ["role", /"role" is no check/],
    ["role:a role:b", /"role:b" is not expected there/],
    ["role:a and", /ends too early/],
    ["and role:a", /missing in front of "and"/],
    ["(role:a", /"\)" is missing/],
    ["role:a)", /"\)" is not expected/],
    ["()", /missing in front of "\)"/],
    ["not", /ends too early/],
    ["colour:red", /no attribute "colour"/],
    ["project_id:%(node.name)s", /nothing is known as %\(node.name\)s/],
    ["project_id:x-%(node.owner)s", /neither a word nor one %\(name\)s/],
    ["http://example.org/%(target)s", /asking another server/],
    ["not(role:a)", /no attribute "not\(role"/],
    [7, /text or a list, not number/],
    [null, /text or a list, not null/],
    [{ a: 1 }, /text or a list, not object/],
    [[["role:a", 7]], /list form holds lists of checks/],
    ["role:a and ".repeat(3000), /characters/],
    [`${"(".repeat(100)}role:a${")".repeat(100)}`, /nests deeper than 50/],
    [`${"not ".repeat(100)}role:a`, /nests deeper than 50/],
  ] as const)
    it(`refuse ${JSON.stringify(rule).slice(0, 60)} and say what to do`, () => {
      const told = (error: unknown) =>
        error instanceof RuleSyntaxError && problem.test(error.problem) && error.remedy.length > 2;
      assert.throws(() => parseRule(rule), told);
    });
});

describe("the reader of rules", () => {
  const word = fc.constantFrom(
    ...[
      "role:a",
      "rule:is_red",
      "@",
      "!",
      "(",
      ")",
      "and",
      "or",
      "not",
      "project_id:%(node.owner)s",
      "x",
      ":",
      "'a':b",
    ],
    ...["%(", ")s", "((", "))", "((role:a", "\u0000", "__proto__:constructor"],
  );
  const rule = fc.oneof(
    fc.array(word, { maxLength: 60 }).map((words) => words.join(" ")),
    fc.array(word, { maxLength: 60 }).map((words) => words.join("")),
    fc.string({ maxLength: 200, unit: "binary" }),
    fc.anything(),
  );

  it("answers anything with a rule or a refusal, quickly", () => {
    const started = performance.now();
    fc.assert(
      fc.property(rule, (given) => {
        try {
          decides(given, MEMBER, mine);
        } catch (error) {
          if (!(error instanceof RuleSyntaxError)) throw error;
        }
      }),
      { numRuns: 20_000 },
    );
    assert.ok(performance.now() - started < 20_000);
  });

  it("decides alike for a record in hand and without it: what is negated twice is what it was", () => {
    const atom = fc.constantFrom(
      "role:member",
      "role:x",
      "project_id:%(node.owner)s",
      "project_id:%(node.lessee)s",
      "@",
      "!",
    );
    const tree = fc.letrec<{ tree: string }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        atom,
        fc.tuple(tie("tree"), fc.constantFrom("and", "or"), tie("tree")).map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie("tree").map((inner) => `(not ${inner})`),
      ),
    })).tree;
    const value = fc.constantFrom("p1", "p2", null);
    fc.assert(
      fc.property(tree, value, value, (text, owner, lessee) => {
        const target = { "node.owner": owner, "node.lessee": lessee };
        assert.equal(decides(`not ${text}`, MEMBER, target), !decides(text, MEMBER, target));
      }),
      { numRuns: 3000 },
    );
  });
});
