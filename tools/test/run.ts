/** `npm test`: runs the parts, shows a line for each as it ends and a table of all at the end. */
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { reasonOf } from "../../common/errors/fault.ts";
import { UsageError } from "../flags.ts";
import { type Missing, provide } from "./install.ts";
import { PACKAGES, type PackageGroup } from "./packages.ts";
import { failed, LOGS, type Outcome, type Part, ROOT, skipped } from "./part.ts";
import { STAGES } from "./parts.ts";
import { closingLine, type Result, table } from "./report.ts";
import { only, partsOf, performAll } from "./stages.ts";

interface Wishes {
  readonly full: boolean;
  readonly only: readonly string[];
  readonly skip: readonly string[];
  readonly mayInstall: boolean;
}

/** Exit code 0 when nothing failed. */
export async function test(argv: readonly string[]): Promise<number> {
  const wishes = parse(argv);
  const isUsual = ({ full, brief }: Part) => (wishes.full ? brief !== true : full !== true);
  const isWanted = (part: Part) =>
    (wishes.only.length > 0 ? wishes.only.includes(part.name) : isUsual(part)) && !wishes.skip.includes(part.name);
  const stages = only(STAGES, isWanted);
  const missing = await provideFor(partsOf(stages), wishes.mayInstall);
  return finish(await performAll(stages, (part) => perform(part, missing)), wishes);
}

type MissingByGroup = ReadonlyMap<PackageGroup, Missing | null>;

async function provideFor(parts: readonly Part[], mayInstall: boolean): Promise<MissingByGroup> {
  const missing = new Map<PackageGroup, Missing | null>();
  for (const { packages: group } of parts) {
    if (group === undefined || missing.has(group)) continue;
    const names = PACKAGES.filter((wanted) => wanted.for === group).map(({ name }) => name);
    missing.set(group, await provide(names, mayInstall));
  }
  return missing;
}

function parse(argv: readonly string[]): Wishes {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        full: { type: "boolean", default: false },
        only: { type: "string", default: "" },
        skip: { type: "string", default: "" },
        "no-install": { type: "boolean", default: false },
      },
    });
    return {
      full: values.full,
      only: names(values.only),
      skip: names(values.skip),
      mayInstall: !values["no-install"],
    };
  } catch (error) {
    throw new UsageError(reasonOf(error));
  }
}

function names(text: string): readonly string[] {
  const wanted = text.split(",").filter((name) => name !== "");
  const known = partsOf(STAGES).map((part) => part.name);
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`there is no part "${unknown}"; there are: ${known.join(", ")}`);
  return wanted;
}

async function perform(part: Part, missing: MissingByGroup): Promise<Result> {
  const started = Date.now();
  const outcome = await outcomeOf(part, missing);
  const seconds = (Date.now() - started) / 1000;
  const word = outcome.failed > 0 ? "FAILED" : outcome.passed > 0 ? "passed" : "left out";
  const note = outcome.note ? `  (${outcome.note})` : "";
  process.stdout.write(`${part.name.padEnd(12)} ${word}  ${seconds.toFixed(1)} s${note}\n`);
  if (outcome.failed > 0 && outcome.detail) process.stdout.write(`${outcome.detail}\n`);
  return { name: part.name, seconds, ...outcome };
}

async function outcomeOf(part: Part, missing: MissingByGroup): Promise<Outcome> {
  const lacking = part.packages === undefined ? null : (missing.get(part.packages) ?? null);
  if (lacking !== null) return lacking.failed ? failed(lacking.reason) : skipped(lacking.reason);
  try {
    return await part.run();
  } catch (error) {
    return failed(reasonOf(error), error instanceof Error ? error.stack : undefined);
  }
}

function finish(results: readonly Result[], wishes: Wishes): number {
  const text = table(results);
  process.stdout.write(`\n${text}\nOutput of each part: ${LOGS}\n`);
  if (wishes.full) keep(text);
  process.stdout.write(`\n${closingLine(results)}\n`);
  return results.some((result) => result.failed > 0) ? 1 : 0;
}

function keep(text: string): void {
  const day = new Date().toISOString().slice(0, 10);
  const load = loadavg()[0]?.toFixed(1);
  const folder = join(ROOT, "docs", "results");
  mkdirSync(folder, { recursive: true });
  const about = `# Full test run of ${day}\n\nNode ${process.version}, ${cpus().length} processors, load ${load} at the end.\n`;
  writeFileSync(join(folder, `${day}.md`), `${about}\n${text}\n`);
}
