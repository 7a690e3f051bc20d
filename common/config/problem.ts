/** Problems of a configuration, collected so that an operator sees all of them at once. */

/** Where a value comes from. `embedded`: the defaults of an embedded use, such as the demo. */
export type Origin = "default" | "embedded" | "file" | "environment" | "flag";

export interface ConfigProblem {
  /** `[section]option`, or the file's name for what concerns a file as a whole. */
  readonly option: string;
  /** As it was written; null for secrets and where there is none. */
  readonly value: string | null;
  /** `ironic.conf:12`, `environment OS_API__PORT`, `flag --api-port` or `default`. */
  readonly where: string;
  readonly problem: string;
  readonly remedy: string;
}

export class ConfigError extends Error {
  override readonly name = "ConfigError";
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly string[];

  constructor(problems: readonly ConfigProblem[], warnings: readonly string[] = []) {
    super(describeProblems(problems));
    this.problems = problems;
    this.warnings = warnings;
  }
}

/** One line a problem, under a heading. */
export function describeProblems(problems: readonly ConfigProblem[]): string {
  const heading = `The configuration has ${problems.length} problem${problems.length === 1 ? "" : "s"}:`;
  return [heading, ...problems.map((problem) => `  ${describeProblem(problem)}`)].join("\n");
}

/** One of them, as a line. */
export function describeProblem({ option, value, where, problem, remedy }: ConfigProblem): string {
  const written = value === null ? "" : ` = ${value}`;
  return `${where}: ${option}${written}: ${problem}; ${remedy}`;
}
