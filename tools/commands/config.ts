/** `ferric config`: the sample file, the reference page, what is in force, and a check without starting anything. */

import { referencePage, sampleFile } from "../../common/config/describe.ts";
import { ConfigError, describeProblems } from "../../common/config/problem.ts";
import { configure } from "../configure.ts";
import { driverProblems } from "../driver-problems.ts";
import { parseFlags, refusePositionals } from "../flags.ts";
import { policyProblems } from "../policy-problems.ts";
import { shownConfig } from "../shown-config.ts";

export async function sample(argv: readonly string[]): Promise<number> {
  refusePositionals(parseFlags(argv));
  return print(sampleFile());
}

export async function reference(argv: readonly string[]): Promise<number> {
  refusePositionals(parseFlags(argv));
  return print(referencePage());
}

/** Every option that somebody has set, with its source; secrets masked. */
export async function show(argv: readonly string[]): Promise<number> {
  const { config, flags, originOf } = configure(argv, { switches: ["all"] });
  refusePositionals(flags);
  return print(shownConfig(config, originOf, flags.switches.has("all")));
}

export async function check(argv: readonly string[]): Promise<number> {
  try {
    const { config, warnings, flags } = configure(argv);
    refusePositionals(flags);
    const problems = [...policyProblems(config), ...(await driverProblems(config))];
    print(report(problems, warnings));
    return problems.length === 0 ? 0 : 2;
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
