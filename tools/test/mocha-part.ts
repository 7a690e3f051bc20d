/** Mocha's suites, counted from its JSON report. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import { failed, how, LOGS, type Outcome, ROOT, runNode, skipped, tail } from "./part.ts";

const MOCHA = "node_modules/mocha/bin/mocha.js";
const TIMEOUT_MS = 30 * 60_000;

export interface MochaOptions {
  readonly name: string;
  readonly files: readonly string[];
  /** Files left out of `files`. */
  readonly except?: readonly string[];
  /** Only tests with this text in their title. */
  readonly titled?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export async function mocha(options: MochaOptions): Promise<Outcome> {
  if (!options.files.some(isThere)) return skipped("there are no such tests yet");
  mkdirSync(LOGS, { recursive: true });
  const report = join(LOGS, `${options.name}.json`);
  rmSync(report, { force: true });
  const run = await runNode(commandOf(options, report), {
    log: options.name,
    timeoutMs: TIMEOUT_MS,
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  if (!existsSync(report)) return failed(`mocha gave no report (${how(run)})`, tail(run.output));
  return outcomeOf(JSON.parse(readFileSync(report, "utf8")), run.code, run.output);
}

function commandOf({ files, except = [], titled }: MochaOptions, report: string): readonly string[] {
  return [
    MOCHA,
    "--reporter=json",
    `--reporter-option=output=${report}`,
    "--forbid-only",
    // Real sockets, processes and disks on a shared machine: one more try, and the table says how many needed it.
    "--retries=1",
    ...except.map((pattern) => `--ignore=${pattern}`),
    ...(titled === undefined ? [] : ["--fgrep", titled]),
    ...files.flatMap((file) => ["--spec", file]),
  ];
}

/** Whether anything lies below a pattern's fixed part. */
function isThere(pattern: string): boolean {
  const folder = join(ROOT, pattern.split("/*")[0] ?? pattern);
  return (
    existsSync(folder) && readdirSync(folder, { recursive: true }).some((name) => String(name).endsWith(".spec.ts"))
  );
}

function outcomeOf(report: Json, code: number | null, output: string): Outcome {
  if (!isJsonObject(report) || !isJsonObject(report.stats)) return failed("mocha's report cannot be read");
  const { passes, failures, pending } = report.stats;
  const counts = { passed: Number(passes), failed: Number(failures), skipped: Number(pending) };
  const again = triedAgain(report);
  const note = again.length === 0 ? "" : `needed a second try: ${again.join("; ")}`;
  if (counts.failed > 0) return { ...counts, note, detail: describeFailures(report) };
  if (code !== 0) return { ...counts, failed: 1, note: `mocha ended with ${code}`, detail: tail(output) };
  return { ...counts, note };
}

function triedAgain(report: JsonObject): readonly string[] {
  const tests = Array.isArray(report.tests) ? report.tests.filter(isJsonObject) : [];
  return tests.filter((test) => Number(test.currentRetry) > 0).map((test) => String(test.fullTitle));
}

function describeFailures(report: JsonObject): string {
  const failures = Array.isArray(report.failures) ? report.failures.filter(isJsonObject) : [];
  return failures.map((test) => `${test.fullTitle}\n${indent(errorOf(test))}`).join("\n");
}

function errorOf(test: JsonObject): string {
  const error = isJsonObject(test.err) ? test.err : {};
  return String(error.stack ?? error.message ?? "");
}

function indent(text: string): string {
  return text
    .split("\n")
    .slice(0, 12)
    .map((line) => `    ${line}`)
    .join("\n");
}
