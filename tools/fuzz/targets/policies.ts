/** Policy files of operators: every mistake named, never an error, and no rule that lets more in than it says. */
import { references } from "../../../api/policy/check.ts";
import { parseRule, RuleSyntaxError } from "../../../api/policy/parse.ts";
import { parsePolicies } from "../../../api/policy/policy-file.ts";
import { loadRules } from "../../../api/policy/rule-set.ts";
import { hold, type Target, type TargetKind, unlessRefused } from "../target.ts";

const WORDS = [
  ...[
    "role:admin",
    "rule:is_admin",
    "system_scope:all",
    "project_id:%(node.owner)s",
    "project_id:%(node.lessee)s",
    "'a':%(b)s",
  ],
  ...[
    "(",
    ")",
    " and ",
    " or ",
    " not ",
    "@",
    "!",
    "None:%(x)s",
    "True:",
    ":",
    "%(",
    ")s",
    '""',
    "http://a",
    "\\",
    "\u00e9",
  ],
];

const rule: Target = {
  name: "policy rule",
  what: "api/policy/parse.ts: oslo.policy's rule language",
  seeds: [
    "",
    "@",
    "!",
    "role:admin or rule:x",
    "not (role:a and system_scope:all)",
    "project_id:%(node.owner)s",
    "((((role:a))))",
    "a b",
  ].map((text) => Buffer.from(text)),
  words: WORDS,
  run(input) {
    const text = input.toString("utf8");
    const check = unlessRefused(
      () => parseRule(text),
      (error) => error instanceof RuleSyntaxError,
    );
    if (check === undefined) return;
    references(check);
    // Only a rule that says so is passed by everybody.
    if (check.kind === "constant" && check.value)
      hold(/^[\s()]*@?[\s()]*$|[@!]/.test(text), "a rule that everybody passes came of something else");
  },
};

const file: Target = {
  name: "policy file",
  what: "api/policy/policy-file.ts and rule-set.ts: YAML and JSON, loaded over the rules of the service",
  seeds: [
    '"baremetal:node:get": "role:admin"\n# c\n"public_api": "@"\n',
    '{"baremetal:node:get": [["role:admin"], ["rule:x", "role:y"]]}',
    '"a": &x "role:b"\n"c": *x\n',
    '"baremetal:node:get": "rule:baremetal:node:get"\n',
    "? [a]\n: b\n---\nc: d\n",
    '"__proto__": "@"\n"constructor": "@"\n',
  ].map((text) => Buffer.from(text)),
  words: [
    ...WORDS,
    "\n",
    ": ",
    "- ",
    "&a ",
    "*a",
    "<<: ",
    "!!binary ",
    "!!js/function ",
    "|\n ",
    "---\n",
    "%YAML 1.2\n",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "\ufeff",
  ],
  run(input) {
    const { overrides, problems } = parsePolicies(input.toString("utf8"), "policy.yaml");
    for (const { problem, remedy } of problems) hold(problem !== "" && remedy !== "", "a problem without words");
    loadRules(overrides);
    hold(
      Reflect.get({}, "public_api") === undefined && Object.keys(Object.prototype).length === 0,
      "the prototype of all objects has changed",
    );
  },
};

export const policyTargets: readonly TargetKind[] = [rule, file].map((target) => ({
  name: target.name,
  open: () => target,
}));
