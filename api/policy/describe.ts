/** The sample policy file and the reference page, made from the rules themselves; a test holds the stored page against them. */
import type { PolicyRule } from "./rules/rule.ts";
import { POLICY_RULES } from "./rules/table.ts";

/** A policy file with every rule at its default, commented out. */
export function policySample(): string {
  const rules = POLICY_RULES.map(
    (rule) =>
      `\n${notesOf(rule)
        .map((note) => `# ${note}\n`)
        .join("")}#"${rule.name}": "${rule.check}"\n`,
  );
  return `# Policy rules of ferric. Every rule stands here at its default; take the # away to replace one.\n${rules.join("")}`;
}

function notesOf({ operations, scopes }: PolicyRule): readonly string[] {
  return [...operations, ...(scopes === null ? [] : [`For tokens of: ${scopes.join(", ")}`])];
}

const INTRODUCTION = `# Policy rules

Made from \`api/policy/rules/\` by \`npm run ferric -- policy reference\`; do not edit it by hand. What they mean and how to
replace them: [authorisation](authorisation.md). \`rule:service_role\` holds for nobody unless
\`[DEFAULT]rbac_service_role_elevated_access\` is on.

| rule | default | tokens of | asked by |
| --- | --- | --- | --- |
`;

/** docs/policies.md. */
export function policyReference(): string {
  return `${INTRODUCTION}${POLICY_RULES.map(row).join("\n")}\n`;
}

function row({ name, check, scopes, operations }: PolicyRule): string {
  const asked =
    operations.length === 0 ? "other rules" : operations.map((operation) => `\`${operation}\``).join("<br>");
  const said = check === "" ? "everybody" : check === "!" ? "nobody" : `\`${check}\``;
  return `| \`${name}\` | ${said} | ${scopes?.join(", ") ?? "any"} | ${asked} |`;
}
