/** `ferric policy`: mistakes in policy files, what a rule says about a caller, and the rules themselves. */

import { policyReference, policySample } from "../../api/policy/describe.ts";
import { explain, textOf } from "../../api/policy/explain.ts";
import type { Target } from "../../api/policy/residual.ts";
import type { RuleSet } from "../../api/policy/rule-set.ts";
import { policySettings, policySources, readRules } from "../../api/policy/ruled-policy.ts";
import type { Config } from "../../common/config/config.ts";
import { describeProblems } from "../../common/config/problem.ts";
import { ANONYMOUS, type Identity } from "../../common/identity.ts";
import { configure } from "../configure.ts";
import { type ParsedFlags, parseFlags, refusePositionals, UsageError } from "../flags.ts";

const OWN = ["roles", "project", "project-name", "user", "owner", "lessee"] as const;

export async function check(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv, { own: OWN, switches: ["system"] });
  const set = rulesOf(config);
  if (set === null) return 2;
  const [rule, ...more] = flags.positionals;
  if (more.length > 0) throw new UsageError(`one rule at a time, not also ${more.join(" ")}`);
  if (rule === undefined)
    return print(`The policy files can be used: ${changed(set)} of ${set.rules.size} rules are not the defaults.`);
  if (!set.rules.has(rule)) throw new UsageError(`no rule is called ${rule}; \`ferric policy list\` shows all`);
  const told = explain(rule, identityOf(flags), targetOf(flags), set, policySettings(config));
  const lines = [
    `${told.allowed ? "allowed" : "refused"}: ${rule}`,
    `rule: ${told.rule}`,
    ...(told.outOfScope === null ? [] : [`no   ${told.outOfScope}`]),
    ...told.checks,
  ];
  print(lines.join("\n"));
  return told.allowed ? 0 : 1;
}

export async function list(argv: readonly string[]): Promise<number> {
  const { config, flags } = configure(argv);
  refusePositionals(flags);
  const set = rulesOf(config);
  if (set === null) return 2;
  const lines = [...set.rules.values()].map(({ name, check: text, where, parsed }) =>
    where === null ? `"${name}": "${text}"` : `"${name}": "${textOf(parsed)}"  # ${where}`,
  );
  return print(lines.join("\n"));
}

export async function sample(argv: readonly string[]): Promise<number> {
  refusePositionals(parseFlags(argv));
  return print(policySample());
}

export async function reference(argv: readonly string[]): Promise<number> {
  refusePositionals(parseFlags(argv));
  return print(policyReference());
}

/** Null, and said, when they cannot be used. */
function rulesOf(config: Config): RuleSet | null {
  const { set, problems } = readRules(policySources(config));
  if (problems.length === 0) return set;
  process.stderr.write(`${describeProblems(problems)}\n`);
  return null;
}

const changed = (set: RuleSet): number => [...set.rules.values()].filter(({ where }) => where !== null).length;

/** @throws UsageError */
function identityOf({ own, switches }: ParsedFlags): Identity {
  const system = switches.has("system");
  if (system && own.project !== undefined)
    throw new UsageError("a token is for a project or for the system: give one of --project and --system");
  const roles = (own.roles ?? "").split(",").map((role) => role.trim().toLowerCase());
  return {
    ...ANONYMOUS,
    user_id: own.user ?? "",
    roles: roles.filter((role) => role !== ""),
    project_id: own.project ?? null,
    project_name: own["project-name"] ?? null,
    system_scope: system ? "all" : null,
  };
}

function targetOf({ own }: ParsedFlags): Target {
  const given = own.owner !== undefined || own.lessee !== undefined;
  const owner = (given ? own.owner : own.project) || null;
  return {
    "node.owner": owner,
    "node.lessee": own.lessee || null,
    "allocation.owner": owner,
    "runbook.owner": owner,
  };
}

function print(text: string): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}
