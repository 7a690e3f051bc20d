/** Reads an operator's policy files: YAML or JSON, a mapping of rule names to rules. Every problem names the file and the line. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { loadAll, YAMLException } from "js-yaml";
import type { ConfigProblem } from "../../common/config/problem.ts";
import type { RuleOverride } from "./rule-set.ts";

/** [oslo_policy]: a file, and folders whose files come after it, in the order of their names. */
export interface PolicySources {
  readonly file: string | null;
  readonly folders: readonly string[];
}

export interface ReadPolicies {
  readonly overrides: readonly RuleOverride[];
  readonly problems: readonly ConfigProblem[];
}

const MAX_BYTES = 1024 * 1024;
const MOST_RULES = 2000;
const POLICY_FILE = /\.(ya?ml|json)$/i;

/** Later rules of the same name win, as in oslo.policy. */
export function readPolicies(sources: PolicySources): ReadPolicies {
  const overrides = new Map<string, RuleOverride>();
  const problems: ConfigProblem[] = [];
  for (const path of filesOf(sources, problems)) {
    const read = readOne(path);
    problems.push(...read.problems);
    for (const override of read.overrides) overrides.set(override.name, override);
  }
  return { overrides: [...overrides.values()], problems };
}

/** Changes when one of the files does, comes or goes. */
export function sourcesStamp(sources: PolicySources): string {
  return filesOf(sources, []).map(stampOf).join("\n");
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  return `${path} ${found?.mtimeMs ?? "gone"} ${found?.size ?? ""} ${found?.ino ?? ""}`;
}

function filesOf({ file, folders }: PolicySources, problems: ConfigProblem[]): readonly string[] {
  return [...(file === null ? [] : [file]), ...folders.flatMap((folder) => filesIn(folder, problems))];
}

function filesIn(folder: string, problems: ConfigProblem[]): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => POLICY_FILE.test(name) && !name.startsWith("."));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    problems.push(unreadable("[oslo_policy]policy_dirs", folder, error));
    return [];
  }
}

function readOne(path: string): ReadPolicies {
  try {
    if (statSync(path).size > MAX_BYTES) {
      return {
        overrides: [],
        problems: [problem(path, path, `it is larger than ${MAX_BYTES} bytes`, "name another file")],
      };
    }
    return parsePolicies(readFileSync(path, "utf8"), path);
  } catch (error) {
    return { overrides: [], problems: [unreadable("[oslo_policy]policy_file", path, error)] };
  }
}

/** JSON is YAML too. `path` is for messages only. */
export function parsePolicies(text: string, path: string): ReadPolicies {
  let documents: readonly unknown[];
  try {
    documents = loadAll(text, { filename: path });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark === undefined ? "" : `:${error.mark.line + 1}`;
    const what = `is neither YAML nor JSON: ${error.reason}`;
    return { overrides: [], problems: [problem(path, `${path}${line}`, what, "correct it there")] };
  }
  const [rules, second] = documents;
  if (second !== undefined) {
    const remedy = "put all rules into one";
    return { overrides: [], problems: [problem(path, path, "holds more than one YAML document", remedy)] };
  }
  if (rules === null || rules === undefined) return { overrides: [], problems: [] };
  if (typeof rules !== "object" || Array.isArray(rules)) {
    const remedy = 'write "RULE": "CHECKS" lines';
    return { overrides: [], problems: [problem(path, `${path}:1`, "does not map names to rules", remedy)] };
  }
  const entries = Object.entries(rules);
  if (entries.length > MOST_RULES) {
    const remedy = "leave out those that say what the defaults do";
    return { overrides: [], problems: [problem(path, path, `has more than ${MOST_RULES} rules`, remedy)] };
  }
  const lineOf = linesOf(text);
  return {
    overrides: entries.map(([name, rule]) => ({ name, rule, where: `${path}:${lineOf(name)}` })),
    problems: [],
  };
}

/** Where a name stands as a key; parsers do not tell. */
function linesOf(text: string): (name: string) => number {
  const lines = text.split("\n");
  return (name) => {
    const keys = [`"${name}"`, `'${name}'`, name];
    const at = lines.findIndex((line) => {
      const start = line.replace(/^[\s{,?]+/, "");
      return keys.some((key) => start.startsWith(key) && /^\s*:/.test(start.slice(key.length)));
    });
    return at < 0 ? 1 : at + 1;
  };
}

function unreadable(option: string, path: string, error: unknown): ConfigProblem {
  const reason = error instanceof Error ? error.message : String(error);
  return {
    option,
    value: path,
    where: path,
    problem: `cannot be read: ${reason}`,
    remedy: "name one that the service may read",
  };
}

function problem(path: string, where: string, what: string, remedy: string): ConfigProblem {
  return { option: path, value: null, where, problem: what, remedy };
}
