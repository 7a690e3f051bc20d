/** Policy files: what they replace, and how each mistake in them is named. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { parsePolicies } from "../../../../api/policy/policy-file.ts";
import { loadRules } from "../../../../api/policy/rule-set.ts";

function loaded(text: string, path = "policy.yaml") {
  const { overrides, problems } = parsePolicies(text, path);
  const rules = loadRules(overrides);
  return { ...rules, problems: [...problems, ...rules.problems] };
}

const told = (text: string) =>
  loaded(text).problems.map(({ where, option, problem, remedy }) => `${where}: ${option}: ${problem}; ${remedy}`);

describe("policy files", () => {
  it("replace rules, in YAML and in JSON, and may make up rules of their own", () => {
    const yaml = [
      "# what our operators may do",
      '"is_ops": "role:ops"',
      '"baremetal:node:delete":',
      "  rule:is_ops or",
      "  (role:admin and system_scope:all)",
      "baremetal:node:list_all:",
      "  - [rule:is_ops]",
      "  - [role:reader, system_scope:all]",
    ].join("\n");
    const { set, problems } = loaded(yaml);
    assert.deepEqual(problems, []);
    assert.equal(set.rules.get("baremetal:node:delete")?.where, "policy.yaml:3");
    assert.equal(set.rules.get("baremetal:node:list_all")?.where, "policy.yaml:6");
    assert.equal(set.rules.get("baremetal:node:get")?.where, null);
    assert.notEqual(set.check("is_ops"), undefined);
    const json = '{\n  "show_password": "role:admin and system_scope:all"\n}';
    assert.equal(loaded(json, "policy.json").set.rules.get("show_password")?.where, "policy.json:2");
  });

  it("may be empty", () => {
    for (const text of ["", "\n", "# nothing", "{}", "---\n"]) assert.deepEqual(told(text), [], JSON.stringify(text));
  });

  for (const [what, text, expected] of [
    [
      "a slip in a name",
      '"baremetal:node:get": "@"\n"baremetal:node:delet": "@"',
      /^policy\.yaml:2: rule "baremetal:node:delet": there is no such rule, and no other refers to it; did you mean "baremetal:node:delete"\?$/,
    ],
    ["a rule nobody uses", '"is_ops": "role:ops"', /^policy\.yaml:1: rule "is_ops": there is no such rule/],
    [
      "an unknown reference",
      '"baremetal:node:get": "rule:is_opz"',
      /refers to rule:is_opz, which is not defined; define it/,
    ],
    ["a circle", '"a": "rule:b"\n"b": "rule:a"\n"baremetal:node:get": "rule:a"', /refers to itself; break the circle/],
    [
      "a syntax error in a rule",
      '"baremetal:node:get": "role:a role:b"',
      /^policy\.yaml:1: rule "baremetal:node:get": "role:b" is not expected/,
    ],
    [
      "a syntax error in the file",
      '"baremetal:node:get": "@"\n"x: [',
      /^policy\.yaml:\d+: policy\.yaml: is neither YAML nor JSON: .*; correct it there$/,
    ],
    ["a list instead of a mapping", "- a\n- b", /does not map names to rules/],
    ["text instead of a mapping", "hello", /does not map names to rules/],
    ["a rule that is a number", '"baremetal:node:get": 7', /must be text or a list, not number/],
    [
      "the same name twice",
      '"baremetal:node:get": "@"\n"baremetal:node:get": "!"',
      /neither YAML nor JSON: duplicated mapping key/,
    ],
  ] as const)
    it(`name ${what} with its line and what to do`, () => {
      assert.match(told(text)[0] ?? "", expected);
    });

  it("refuse rules that double themselves by way of others", () => {
    const lines = Array.from({ length: 40 }, (_, at) => `"r${at}": "rule:r${at + 1} and rule:r${at + 1}"`);
    const text = [...lines, '"r40": "role:a"', '"baremetal:node:get": "rule:r0"'].join("\n");
    const started = performance.now();
    assert.match(told(text).join("\n"), /spells out to more than 5000 checks/);
    assert.ok(performance.now() - started < 2000);
  });

  it("refuse lists that contain themselves, or unfold without end", () => {
    const twice = Array.from({ length: 25 }, (_, at) => `"r${at + 1}": &a${at + 1} [*a${at}, *a${at}]`);
    const unfolding = ['"r0": &a0 ["role:x"]', ...twice].join("\n");
    for (const given of ["baremetal:node:get: &a [*a]", unfolding]) {
      const { problems } = loaded(given);
      assert.ok(problems.length > 0);
      for (const { value } of problems) assert.ok(String(value).length <= 203, String(value));
    }
  });

  it("answer any text with rules or with named problems", () => {
    const line = fc.tuple(
      fc.constantFrom("baremetal:node:get", "x", "__proto__", "constructor", "&a", "*a", "<<", "? ", "- "),
      fc.constantFrom(": ", ":", " : &b ", ": !!js/function ", ": *b", ":\n  - "),
      fc.oneof(
        fc.constantFrom('"@"', "rule:x", "[", "{", "!", "&a [*a]", "|", ">", "1e999"),
        fc.string({ maxLength: 20 }),
      ),
    );
    const text = fc.oneof(
      fc.array(line, { maxLength: 8 }).map((lines) => lines.map((parts) => parts.join("")).join("\n")),
      fc.string({ maxLength: 200, unit: "binary" }),
      fc.json(),
    );
    fc.assert(
      fc.property(text, (given) => {
        for (const { problem, remedy, where } of loaded(given).problems) {
          assert.ok(problem.length > 0 && remedy.length > 0);
          assert.match(where, /^policy\.yaml/);
        }
      }),
      { numRuns: 500 },
    );
  });
});
