/** One round: all nodes go through their cycles, the fault comes in the middle, and what came of it is counted. */
import { loadavg } from "node:os";
import { ApiPool, pause } from "./api-pool.ts";
import { clientOf, type Fleet } from "./fleet.ts";
import { FleetView, isWorking, type NodeView, waitsForAgent } from "./fleet-view.ts";
import type { Fault, Incident } from "./incident.ts";
import { Ledger } from "./ledger.ts";
import { NodeProblem } from "./node-client.ts";
import { Random } from "./random.ts";
import type { Site } from "./shape.ts";
import { judgeSteps, readStepLog } from "./step-log.ts";
import { brokenWaits } from "./waits.ts";
import { Writer } from "./writers.ts";

const WRITERS = 2;
/** The first cycles begin within this time, the fault comes within the next. */
const SPREAD_MS = 2500;
const FAULT_MS: readonly [number, number] = [3000, 6000];
/** A fault that hits nothing shows nothing: it waits, though not for ever, until so many of the nodes are worked on. */
const BUSY_SHARE = 0.5;
const BUSY_LIMIT_MS = 20_000;

export interface Figures {
  readonly fault: string;
  readonly seed: number;
  readonly interrupted: number;
  /** Nodes that waited for their agent when the fault came, and what met those of them that did not go on. */
  readonly waiting: number;
  readonly broken: readonly string[];
  readonly acknowledged: number;
  readonly actions: number;
  readonly cycles: number;
  /** Seconds from where the fault counts until the last interrupted node was at rest; null when one never was. */
  readonly rest: number | null;
  readonly restWithin: number;
  readonly takeover: boolean;
  readonly apiBack: number | null;
  /** Seconds of processor time that its start took. */
  readonly apiCpu: number | null;
  readonly load: number;
  readonly note: string;
  /** What must be none. */
  readonly lost: readonly string[];
  readonly stuck: readonly string[];
  readonly edits: readonly string[];
  readonly twice: readonly string[];
  readonly late: readonly string[];
  readonly wrong: readonly string[];
  /** Fail states that operators saw. */
  readonly failures: readonly string[];
}

export interface RoundOptions<S extends Site> {
  readonly shape: S;
  readonly fault: Fault<S>;
  readonly seed: number;
  readonly fleet: Fleet;
}

export async function runRound<S extends Site>({ shape, fault, seed, fleet }: RoundOptions<S>): Promise<Figures> {
  const random = new Random(seed);
  const api = new ApiPool(shape.apis.map(({ url }) => url));
  const ledger = new Ledger();
  await using view = new FleetView(api);
  await view.next();
  const linesBefore = readStepLog(shape.stepLog).length;
  const deps = { api, view, ledger, image: fleet.image, stepLog: shape.stepLog };
  const clients = viewsOf(view, fleet).map((node) => clientOf(node, deps));
  const problems: NodeProblem[] = [];
  const writers = Array.from({ length: WRITERS }, () => new Writer(api, ledger));
  const over = new AbortController();
  const driving = clients.map(async (client) => {
    await pause(random.between(0, SPREAD_MS));
    await guarded(problems, async () => {
      while (!over.signal.aborted) await client.cycle();
      // Whatever the fault did to it, the node goes through everything once more.
      await client.cycle();
    });
  });
  await pause(random.between(...FAULT_MS));
  await untilBusy(view, fleet);
  await view.next();
  const shortlyBefore = viewsOf(view, fleet).filter(waitsForAgent);
  const incident = await fault.inject({ shape, view, random, fleet: fleet.nodes });
  await settled(view, incident);
  over.abort();
  await Promise.all(driving);
  for (const writer of writers) await writer[Symbol.asyncDispose]();
  await ledger.check(api);
  await remove(
    api,
    writers.flatMap(({ made }) => made),
  );
  const steps = judgeSteps(readStepLog(shape.stepLog).slice(linesBefore));
  const cycles = clients.reduce((sum, client) => sum + client.cycles, 0);
  const waiting = incident.waiting ?? shortlyBefore;
  const of = (kind: NodeProblem["kind"]) => problems.filter((one) => one.kind === kind).map(({ message }) => message);
  return {
    fault: fault.name,
    seed,
    ...incidentFigures(view, incident),
    waiting: waiting.length,
    broken: brokenWaits(waiting, clients, problems),
    acknowledged: ledger.count,
    cycles,
    load: loadavg()[0] ?? 0,
    lost: ledger.lost,
    stuck: of("stuck"),
    edits: of("edit"),
    ...steps,
    wrong: [...api.wrong, ...fleet.agentsApi.wrong.splice(0)],
    failures: clients.flatMap((client) => client.failures.map(({ text }) => text)),
  };
}

function viewsOf(view: FleetView, { nodes }: Fleet): readonly NodeView[] {
  return nodes.flatMap((uuid) => view.nodes.get(uuid) ?? []);
}

async function untilBusy(view: FleetView, fleet: Fleet): Promise<void> {
  const limit = Date.now() + BUSY_LIMIT_MS;
  const busy = () => viewsOf(view, fleet).filter(isWorking).length;
  while (busy() < fleet.nodes.length * BUSY_SHARE && Date.now() < limit) await view.next();
}

async function guarded(problems: NodeProblem[], work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof NodeProblem)) throw error;
    problems.push(error);
  }
}

const SETTLE_LIMIT_MS = 60_000;

/** Until every interrupted node has been seen at rest, or for a minute. */
async function settled(view: FleetView, { interrupted }: Incident): Promise<void> {
  const limit = Date.now() + SETTLE_LIMIT_MS;
  while (Date.now() < limit && interrupted.some((uuid) => view.restedAt(uuid) === null)) await view.next();
}

function incidentFigures(view: FleetView, incident: Incident) {
  const times = incident.interrupted.map((uuid) => view.restedAt(uuid));
  const rested = times.every((time) => time !== null);
  const rest = Math.max(0, ...times.map((time) => ((time ?? 0) - incident.restFrom) / 1000));
  return {
    interrupted: incident.interrupted.length,
    rest: rested ? rest : null,
    restWithin: incident.restWithin,
    takeover: incident.takeover === true,
    apiBack: incident.apiBack ?? null,
    apiCpu: incident.apiCpu ?? null,
    note: incident.note ?? "",
  };
}

async function remove(api: ApiPool, uuids: readonly string[]): Promise<void> {
  for (const uuid of uuids) await api.send("DELETE", `/v1/nodes/${uuid}`);
}
