/** `ferric config`: the sample file, the reference page, and a check of a configuration without starting anything. */

import { referencePage, sampleFile } from "../../common/config/describe.ts";
import { ConfigError, describeProblems } from "../../common/config/problem.ts";
import { configure } from "../configure.ts";
import { parseFlags, UsageError } from "../flags.ts";

export async function config(argv: readonly string[]): Promise<number> {
  const [action] = parseFlags(argv).positionals;
  if (action === "sample") return print(sampleFile());
  if (action === "reference") return print(referencePage());
  if (action === "check") return check(argv);
  throw new UsageError("say what to do: sample, reference or check");
}

function check(argv: readonly string[]): number {
  try {
    const { warnings } = configure(argv);
    print(report([], warnings));
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    print(report([describeProblems(error.problems)], error.warnings));
    return 2;
  }
}

function report(problems: readonly string[], warnings: readonly string[]): string {
  const lines = [...warnings.map((warning) => `warning: ${warning}`), ...problems];
  return [...lines, ...(problems.length > 0 ? [] : ["The configuration can be used."])].join("\n");
}

function print(text: string): number {
  process.stdout.write(`${text.trimEnd()}\n`);
  return 0;
}
