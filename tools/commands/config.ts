/** `ferric config`: the sample file, the reference page, and a check of a configuration without starting anything. */

import type { Config } from "../../common/config/config.ts";
import { referencePage, sampleFile } from "../../common/config/describe.ts";
import { ConfigError, describeProblems } from "../../common/config/problem.ts";
import { silent } from "../../common/log.ts";
import { DriverConfigurationError, loadDrivers } from "../../drivers/registry.ts";
import { configure } from "../configure.ts";
import { parseFlags, UsageError } from "../flags.ts";

export async function config(argv: readonly string[]): Promise<number> {
  const [action] = parseFlags(argv).positionals;
  if (action === "sample") return print(sampleFile());
  if (action === "reference") return print(referencePage());
  if (action === "check") return await check(argv);
  throw new UsageError("say what to do: sample, reference or check");
}

async function check(argv: readonly string[]): Promise<number> {
  try {
    const { config, warnings } = configure(argv);
    const problems = await driverProblems(config);
    print(report(problems, warnings));
    return problems.length === 0 ? 0 : 2;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    print(report([describeProblems(error.problems)], error.warnings));
    return 2;
  }
}

/** Loads the enabled drivers with services that refuse to act. */
async function driverProblems(config: Config): Promise<readonly string[]> {
  const refuse = () => Promise.reject(new Error("a check of the configuration acts on nothing"));
  try {
    await loadDrivers({
      config,
      log: silent,
      boot: { publish: refuse, withdraw: refuse },
      images: { fetch: refuse },
      storeInventory: refuse,
      inspectionRules: refuse,
      kept: { biosSettings: refuse, keepBiosSettings: refuse, keepFirmware: refuse },
      sleep: refuse,
      now: () => performance.now(),
    });
    return [];
  } catch (error) {
    if (error instanceof DriverConfigurationError) return error.problems;
    throw error;
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
