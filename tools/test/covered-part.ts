/** Suites of mocha side by side, a process each, and the lines that all of them together have run. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type MochaOptions, mocha } from "./mocha-part.ts";
import { how, type Outcome, ROOT, type Run, runNode, tail } from "./part.ts";

const C8 = "node_modules/c8/bin/c8.js";
/** What V8 counted: a file a process, also of the processes that tests start. */
const COUNTS = join(ROOT, "coverage", "tmp");
const REPORT_MS = 10 * 60_000;

export async function covered(suites: readonly MochaOptions[]): Promise<Outcome> {
  rmSync(COUNTS, { recursive: true, force: true });
  const env = { NODE_V8_COVERAGE: COUNTS };
  const outcomes = await Promise.all(suites.map((suite) => mocha({ ...suite, env: { ...suite.env, ...env } })));
  const options = [
    "--temp-directory",
    COUNTS,
    "--reporter=text-summary",
    "--reporter=lcovonly",
    "--exclude",
    "spec/**",
  ];
  const report = await runNode([C8, "report", ...options], { log: "coverage", timeoutMs: REPORT_MS });
  return sum([...outcomes, linesOf(report)]);
}

/** Of c8's summary; a report without it is a failure, so that nobody takes silence for coverage. */
export function linesOf(report: Run): Outcome {
  const lines = /^Lines\s*:\s*([\d.]+%)/m.exec(report.output)?.[1];
  if (lines !== undefined && report.code === 0)
    return { passed: 0, failed: 0, skipped: 0, note: `lines covered: ${lines}` };
  return { passed: 0, failed: 1, skipped: 0, note: `no coverage (${how(report)})`, detail: tail(report.output) };
}

/** One outcome of several: counts added, what each says joined. */
export function sum(outcomes: readonly Outcome[]): Outcome {
  const count = (of: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + of(outcome), 0);
  const said = (of: (outcome: Outcome) => string | undefined) => outcomes.map(of).filter((text) => !!text);
  const detail = said((outcome) => outcome.detail).join("\n");
  return {
    passed: count((outcome) => outcome.passed),
    failed: count((outcome) => outcome.failed),
    skipped: count((outcome) => outcome.skipped),
    note: said((outcome) => outcome.note).join(", "),
    ...(detail === "" ? {} : { detail }),
  };
}
