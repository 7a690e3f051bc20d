/**
 * How the service carries many nodes: `npm run build && node --import tsx tools/bench/scale.ts [--nodes N] [--conductors
 * 1,2,3] [--seconds N] [--heartbeat SECONDS] [--power-sync SECONDS] [--most-seconds N] [--clients N] [--cycle-seconds N]
 * [--warm-seconds N] [--at-once N] [--pace CYCLES-A-MINUTE] [--database postgresql|sqlite] [--page FILE] [--profile FOLDER]`.
 * Redis, a database, one API and the conductors as processes; conductors are added one by one, the nodes move over, and
 * everything is measured again; a number that is given twice is measured twice. What is given 0 seconds is left out.
 */
import { writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ProcessLoad } from "../../common/load-meter.ts";
import { builtProgram } from "../built-program.mjs";
import { type ByKind, type Row, scalePage } from "./scale/page.ts";
import { type Kind, Plant, type Usage } from "./scale/plant.ts";
import { beats, cycles, makeNodes, mostBeats } from "./scale/workload.ts";

const REPORT_SECONDS = 10;
const WAITING_SHARE = 0.1;
const REST_MS = 10_000;

const { values: flags } = parseArgs({
  options: {
    nodes: { type: "string", default: "10000" },
    conductors: { type: "string", default: "1,2,3" },
    seconds: { type: "string", default: "60" },
    heartbeat: { type: "string", default: "60" },
    "power-sync": { type: "string", default: "60" },
    "most-seconds": { type: "string", default: "10" },
    clients: { type: "string", default: "16" },
    "cycle-seconds": { type: "string", default: "30" },
    "warm-seconds": { type: "string", default: "15" },
    "at-once": { type: "string", default: "20" },
    pace: { type: "string", default: "0" },
    database: { type: "string", default: "postgresql" },
    page: { type: "string", default: "" },
    profile: { type: "string", default: "" },
  },
});

if (builtProgram("conductor") === null) throw new Error("dist/ is missing or old; run: npm run build");
if (flags.database !== "postgresql" && flags.database !== "sqlite")
  throw new Error(`unknown database ${flags.database}`);

const say = (text: string) => void process.stdout.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);

/** Milliseconds until every node that is prepared belongs to whom the ring gives it. */
async function movedOver(plant: Plant): Promise<number> {
  const began = performance.now();
  const { nodes, conductors } = plant.database.stores;
  const { ConductorRings } = await import("../../common/rpc/hash-ring.ts");
  for (;;) {
    const rings = new ConductorRings(await conductors.list(60));
    const where = [{ field: "provision_state", in: ["active", "clean wait"] }];
    const all = await nodes.list({ where, fields: ["driver", "conductor_group", "conductor_affinity"] });
    if (all.every((node) => rings.hostFor(node) === node.conductor_affinity)) return performance.now() - began;
    await pause(1000);
  }
}

async function healthOf(url: string): Promise<ProcessLoad> {
  const answer = await fetch(`${url}/ferric/v1/health`);
  const { process } = (await answer.json()) as { process: ProcessLoad };
  return process;
}

/** With heartbeats and power passes. */
async function steady(plant: Plant, nodes: readonly string[]): Promise<Row["steady"]> {
  if (Number(flags.seconds) === 0) return null;
  for (const worker of plant.conductors) worker.news();
  await healthOf(plant.url);
  const before = plant.usage();
  const began = performance.now();
  let apiMax = 0;
  let apiP99 = 0;
  const watching = new AbortController();
  const watch = (async () => {
    while (!watching.signal.aborted) {
      const { loop_delay_ms } = await healthOf(plant.url);
      apiMax = Math.max(apiMax, loop_delay_ms.max);
      apiP99 = Math.max(apiP99, loop_delay_ms.p99);
      await pause(2000, undefined, { signal: watching.signal }).catch(() => {});
    }
  })();
  const beat = await beats(plant.url, nodes, Number(flags.heartbeat), Number(flags.seconds));
  watching.abort();
  await watch;
  const seconds = (performance.now() - began) / 1000;
  const after = plant.usage();
  const told = plant.conductors.flatMap((worker) => worker.news());
  const loads = told.filter((line) => "loop_delay_ms" in line).map((line) => line as unknown as ProcessLoad);
  const passes = told.filter((line) => line.msg === "power states were compared");
  return {
    beat,
    // Ten milliseconds a second are a percent.
    cpu: spent(before, after, seconds * 10),
    mb: byKind((kind) => after[kind].mb),
    loop: {
      api: { p99: apiP99, max: apiMax },
      conductors: {
        p99: Math.max(0, ...loads.map(({ loop_delay_ms }) => loop_delay_ms.p99)),
        max: Math.max(0, ...loads.map(({ loop_delay_ms }) => loop_delay_ms.max)),
      },
    },
    passes: passes.map((line) => ({ nodes: Number(line.nodes), ms: Number(line.ms) })),
  };
}

async function most(plant: Plant, nodes: readonly string[]): Promise<Row["most"]> {
  if (Number(flags["most-seconds"]) === 0) return null;
  const before = plant.usage();
  const beat = await mostBeats(plant.url, nodes, Number(flags.clients), Number(flags["most-seconds"]));
  return { beat, cpu: spent(before, plant.usage(), Math.max(1, beat.sent)) };
}

/** What the processes use while nothing is asked of them, in milliseconds of CPU a second. */
async function atRest(plant: Plant): Promise<ByKind> {
  await pause(2000);
  const before = plant.usage();
  await pause(REST_MS);
  return spent(before, plant.usage(), REST_MS / 1000);
}

async function cycling(plant: Plant, nodes: readonly string[]): Promise<Row["cycle"]> {
  if (Number(flags["cycle-seconds"]) === 0) return null;
  const { stores } = plant.database;
  for (const node of nodes) await stores.nodes.touch(node, { provision_state: "available", driver_internal_info: {} });
  // Code that has run often is compiled; a conductor that was just started is not to pay for that here.
  const pace = Number(flags.pace);
  await cycles(plant.url, stores, nodes, { seconds: Number(flags["warm-seconds"]), pace });
  const rest = await atRest(plant);
  const before = plant.usage();
  const { done, failures, seconds } = await cycles(plant.url, stores, nodes, {
    seconds: Number(flags["cycle-seconds"]),
    pace,
  });
  const cpu = spent(before, plant.usage(), Math.max(1, done));
  for (const failure of failures.slice(0, 3)) say(`a cycle failed: ${failure}`);
  return { perMinute: (done / seconds) * 60, failures: failures.length, cpu, rest };
}

/** Milliseconds of CPU, divided by `by`. */
function spent(before: Usage, after: Usage, by: number): ByKind {
  return byKind((kind) => ((after[kind].cpu - before[kind].cpu) * 1000) / by);
}

function byKind(of: (kind: Kind) => number): ByKind {
  return { api: of("api"), conductors: of("conductors"), redis: of("redis"), database: of("database") };
}

async function main(): Promise<void> {
  const rows: Row[] = [];
  const options = {
    database: flags.database as "postgresql" | "sqlite",
    powerSync: Number(flags["power-sync"]),
    report: REPORT_SECONDS,
    profile: flags.profile,
  };
  await using plant = await Plant.start(options);
  await plant.addConductor();
  const began = performance.now();
  const count = Number(flags.nodes);
  const nodes = await makeNodes(plant.database.stores, count, Math.round(count * WAITING_SHARE));
  say(`${nodes.length} nodes in ${Math.round(performance.now() - began)} ms`);
  const cycled = await makeNodes(plant.database.stores, Number(flags["at-once"]), 0);
  for (const number of flags.conductors.split(",").map(Number)) {
    while (plant.conductors.length < number) await plant.addConductor();
    const moved = await movedOver(plant);
    say(`${number} conductors; nodes moved over in ${Math.round(moved)} ms`);
    const row = {
      conductors: number,
      moved,
      steady: await steady(plant, nodes),
      most: await most(plant, nodes),
      cycle: await cycling(plant, cycled),
    };
    say(JSON.stringify(row));
    rows.push(row);
  }
  const text = scalePage(rows, { ...flags, nodes: count });
  process.stdout.write(text);
  if (flags.page !== "") writeFileSync(flags.page, text);
}

// So that what runs for us is ended with us.
for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(1));
await main();
