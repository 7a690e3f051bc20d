/** `ferric doctor`: looks at everything the service needs, and says how to put right what is wrong. */
import { ConfigError } from "../../common/config/problem.ts";
import { type Configured, configure } from "../configure.ts";
import { type Diagnosis, examine } from "../doctor/check.ts";
import { CHECKS } from "../doctor/checks.ts";
import { diagnosisTable } from "../doctor/table.ts";
import { parseFlags, refusePositionals } from "../flags.ts";

const SWITCHES = ["json"];

export async function doctor(argv: readonly string[]): Promise<number> {
  const flags = parseFlags(argv, [], SWITCHES);
  refusePositionals(flags);
  const found = await diagnose(argv);
  process.stdout.write(flags.switches.has("json") ? `${JSON.stringify(found, null, 2)}\n` : diagnosisTable(found));
  return found.some(({ verdict }) => verdict === "fail") ? 1 : 0;
}

/** What is wrong with the configuration is a finding like others; without one there is nothing else to look at. */
async function diagnose(argv: readonly string[]): Promise<readonly Diagnosis[]> {
  let configured: Configured;
  try {
    configured = configure(argv, { switches: SWITCHES });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ option, where, problem, remedy }) => ({
      check: "configuration",
      verdict: "fail",
      text: `${where}: ${option}: ${problem}`,
      remedy,
    }));
  }
  const { config, flags, warnings } = configured;
  return await examine({ config, configFiles: flags.files, warnings }, CHECKS);
}
