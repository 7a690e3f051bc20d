/**
 * The fault matrix: `node --import tsx tools/fault-matrix/run.ts [--fault NAME,...] [--seeds N] [--first SEED] [--nodes N]
 * [--database postgresql|mariadb] [--out FILE] [--figures FILE]`. Real Redis, real database, 2 API and 3 conductor
 * processes from dist/ (`npm run build` first); exit code 1 when a figure is missed. `--out`: the page of results;
 * `--figures`: where figures are kept, so that the page shows those of several runs; `--peer`: those of peer.ts;
 * `--page-only`: no run, the page of figures that are kept.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { builtProgram } from "../built-program.mjs";
import { makeFleet } from "./fleet.ts";
import type { Fault } from "./incident.ts";
import { isMissed, type Measured, misses, page, row } from "./page.ts";
import { PROCESS_FAULTS } from "./process-faults.ts";
import { type Figures, runRound } from "./round.ts";
import { SERVER_FAULTS } from "./server-faults.ts";
import { SHORT_LIFE } from "./settings.ts";
import { startShape } from "./shape.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const FAULTS: readonly Fault[] = [...PROCESS_FAULTS, ...SERVER_FAULTS];

const { values: flags } = parseArgs({
  options: {
    fault: { type: "string", default: "" },
    seeds: { type: "string", default: "1" },
    first: { type: "string", default: "1" },
    nodes: { type: "string", default: "50" },
    database: { type: "string", default: "postgresql" },
    out: { type: "string", default: "" },
    figures: { type: "string", default: "" },
    peer: { type: "string", default: "" },
    "page-only": { type: "boolean", default: false },
  },
});

function wanted(): readonly Fault[] {
  const names = flags.fault.split(",").filter((name) => name !== "");
  const unknown = names.find((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown !== undefined)
    throw new Error(`there is no fault "${unknown}"; there are: ${FAULTS.map(({ name }) => name).join(", ")}`);
  return FAULTS.filter(({ name }) => names.length === 0 || names.includes(name));
}

/** Faults that can share their processes, one after the other. */
function groups(faults: readonly Fault[]): readonly (readonly [Fault, ...Fault[]])[] {
  const byShape = new Map<string, [Fault, ...Fault[]]>();
  for (const fault of faults) {
    const key = JSON.stringify([fault.persistent !== false, fault.proxied === true, fault.defaults === true]);
    const group = byShape.get(key);
    if (group === undefined) byShape.set(key, [fault]);
    else group.push(fault);
  }
  return [...byShape.values()];
}

async function runGroup(group: readonly [Fault, ...Fault[]], figures: Measured[]): Promise<void> {
  const [first] = group;
  const database = flags.database === "mariadb" ? "mariadb" : "postgresql";
  await using shape = await startShape({
    database,
    persistent: first.persistent !== false,
    proxied: first.proxied === true,
    conductor: first.defaults === true ? {} : SHORT_LIFE,
  });
  const stop = async () => {
    await shape[Symbol.asyncDispose]();
    process.exit(1);
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, stop);
  await using fleet = await makeFleet(shape, Number(flags.nodes));
  const since = Number(flags.first);
  for (let seed = since; seed < since + Number(flags.seeds); seed++) {
    for (const fault of group) {
      if (fault.disks === true && shape.disks === null) {
        process.stdout.write(`${fault.name}: left out, no disk can be mounted here\n`);
        continue;
      }
      const round = await runRound({ shape, fault, seed, fleet });
      const result: Measured = { ...round, database, nodes: fleet.nodes.length };
      figures.push(result);
      if (flags.figures !== "") writeFileSync(flags.figures, JSON.stringify(figures));
      process.stdout.write(`${row(result)}\n`);
      const { counts, times } = misses(result);
      for (const miss of counts) process.stdout.write(`  MISSED ${miss}\n`);
      for (const miss of times)
        process.stdout.write(`  ${isMissed(result) ? "MISSED" : "late on a busy machine:"} ${miss}\n`);
      for (const line of result.broken) process.stdout.write(`  waited, and did not go on: ${line}\n`);
      if (process.env.FERRIC_TRACE) for (const line of result.failures) process.stdout.write(`  seen: ${line}\n`);
    }
  }
}

/** None where there is no such file. */
function kept<F extends Figures>(file: string): F[] {
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [];
}

async function runAll(figures: Measured[]): Promise<void> {
  if (builtProgram("api") === null || !existsSync(join(ROOT, "dist/tools/fault-matrix/driver.js")))
    throw new Error("dist/ is missing or old; run: npm run build");
  for (const group of groups(wanted())) await runGroup(group, figures);
}

async function main(): Promise<void> {
  const figures: Measured[] = kept(flags.figures);
  if (!flags["page-only"]) await runAll(figures);
  const text = page(FAULTS, figures, kept(flags.peer));
  process.stdout.write(`\n${text}`);
  if (flags.out !== "") writeFileSync(flags.out, text);
  process.exitCode = figures.some(isMissed) ? 1 : 0;
}

await main();
