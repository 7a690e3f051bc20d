/** One conductor: registers, recovers what a dead process left, serves calls, runs periodic work, and leaves in good order. */
import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import type { Config } from "../common/config/config.ts";
import type { EventSink } from "../common/events.ts";
import { LoadMeter } from "../common/load-meter.ts";
import type { Logger } from "../common/log.ts";
import type { Transport } from "../common/rpc/transport.ts";
import { wait } from "../common/wait.ts";
import type { Stores } from "../db/contract.ts";
import type { DriverServices } from "../drivers/base/services.ts";
import { loadDrivers } from "../drivers/registry.ts";
import { Admission } from "./admission.ts";
import { BmcLog } from "./bmc-log.ts";
import type { Clock } from "./clock.ts";
import type { Core } from "./core.ts";
import { allocationPass } from "./flows/allocate.ts";
import { LastHeard } from "./last-heard.ts";
import { LockLines } from "./lock-lines.ts";
import { Membership } from "./membership.ts";
import { type ConductorMeters, metersOf } from "./meters.ts";
import { handlersOf } from "./methods/handlers.ts";
import { periodicsOf, unlessHeldBack } from "./periodic/all.ts";
import { interruption, recoverPass } from "./periodic/recovery.ts";
import { Scheduler } from "./periodic/scheduler.ts";
import type { TellReadings } from "./periodic/sensor-data.ts";
import { restartConsoles } from "./periodic/takeover.ts";
import { heldBack, RestoreGate } from "./restore-gate.ts";
import { RunningTasks } from "./running-tasks.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface ConductorDeps {
  readonly config: Config;
  readonly stores: Stores;
  readonly transport: Transport;
  readonly events: EventSink;
  readonly log: Logger;
  readonly services: Omit<DriverServices, "config" | "log">;
  /** What the boot services have seen; absent: nobody watches them. */
  readonly bootTraces?: Core["bootTraces"];
  /** Told of what was read of machines; absent: nobody is. */
  readonly tellReadings?: TellReadings;
  /** Milliseconds since the epoch; Date.now by default. */
  readonly clock?: Clock;
}

export type PeriodicName =
  | "keepalive"
  | "watch"
  | "recovery"
  | "allocations"
  | "timeouts"
  | "boot retries"
  | "hardware steps"
  | "power sync"
  | "power recovery"
  | "sensor data"
  | "takeover"
  | "consoles"
  | "stale conductors"
  | "history";

export interface ConductorService extends AsyncDisposable {
  readonly hostname: string;
  readonly bootId: string;
  /** Aborted, with an Error that tells why, when another process has become the conductor of this name. */
  readonly replaced: AbortSignal;
  meters(): ConductorMeters;
  /** Resolves once no background work is under way. */
  idle(): Promise<void>;
  /** Runs one pass of periodic work now. */
  pass(name: PeriodicName): Promise<void>;
}

/** Who is alive is looked up this often: a takeover begins so much later than a conductor counts as dead. */
const WATCH_SECONDS = 1;
const LATE_LOOP_MS = 100;
/** What others know of the ring may be this old (api/conductors.ts), and a call that was routed by it is on its way. */
const RING_NOTICE_MS = 1500;
/** How long work that was told to stop may take to put its node into the fail state. */
const ABORT_LIMIT_MS = 10_000;

/** @throws DriverConfigurationError; faults of the database */
export async function startConductor(deps: ConductorDeps): Promise<ConductorService> {
  const stopping = new AbortController();
  // Every request that waits for a lock listens.
  setMaxListeners(0, stopping.signal);
  const core = await makeCore(deps, stopping.signal);
  await core.members.register();
  const handlers = heldBack(core.gate, handlersOf(core));
  const serving = await deps.transport.serve(core.hostname, handlers);
  const periodics = new Scheduler(core, periodicsOf(core, deps.tellReadings));
  const meter = new LoadMeter();
  const life = new Scheduler(core, [
    { name: "keepalive", every: deps.config.conductor.heartbeat_interval, pass: () => core.members.keepAlive() },
    { name: "watch", every: WATCH_SECONDS, pass: watching(core, periodics) },
    { name: "load", every: deps.config.conductor.load_report_interval, pass: async () => reportLoad(core, meter) },
  ]);
  core.members.replaced.addEventListener("abort", () => stopping.abort(), { once: true });
  life.start();
  try {
    await core.members.look();
    await unlessHeldBack(core, () => recoverPass(core))();
    core.pool.claimAlways().run(() => allocationPass(core));
    core.pool.claimAlways().run(unlessHeldBack(core, () => restartConsoles(core)));
  } catch (error) {
    await stop(core, stopping, serving, periodics, life);
    throw error;
  }
  periodics.start();
  periodics.hurry("takeover");
  core.log.info({ host: core.hostname, boot_id: core.bootId }, "conductor started");
  let stopped: Promise<void> | null = null;
  return {
    hostname: core.hostname,
    bootId: core.bootId,
    replaced: core.members.replaced,
    meters: () => metersOf(core),
    idle: () => core.pool.idle(),
    pass: (name) => (name === "keepalive" || name === "watch" ? life : periodics).pass(name),
    [Symbol.asyncDispose]: () => {
      stopped ??= stop(core, stopping, serving, periodics, life);
      return stopped;
    },
  };
}

async function makeCore(deps: ConductorDeps, stopping: AbortSignal): Promise<Core> {
  const { config, stores, events } = deps;
  const host = config.DEFAULT.host === "" ? hostname() : config.DEFAULT.host;
  const log = deps.log.child({ conductor: host });
  const bmcLog = BmcLog.ofConfig(config, deps.clock ?? Date.now);
  const farewells: (() => Promise<void>)[] = [];
  const services: DriverServices = {
    ...deps.services,
    config,
    log,
    observe: (node, exchange) => {
      bmcLog?.note(node, exchange);
      deps.services.observe?.(node, exchange);
    },
    onStop: (work) => farewells.push(work),
    ...(deps.clock && { clock: deps.clock }),
  };
  const { workers_pool_size, reserved_workers_pool_percentage } = config.conductor;
  const parts = {
    hostname: host,
    bootId: crypto.randomUUID(),
    config,
    stores,
    events,
    log,
    services,
    farewells,
    catalogue: await loadDrivers(services),
    pool: new WorkerPool(workers_pool_size, reserved_workers_pool_percentage, (error) =>
      log.error({ error }, "background work ended with an error that nobody handled"),
    ),
    running: new RunningTasks(),
    lines: new LockLines(),
    admission: new Admission(),
    allocating: new Set<string>(),
    lastHeard: new LastHeard(),
    bootTraces: deps.bootTraces ?? null,
    bmcLog,
    clock: deps.clock ?? Date.now,
    stopping,
  };
  return { ...parts, members: new Membership(parts), gate: new RestoreGate(stores, log) };
}

/**
 * Notices at once that somebody came, left or died, instead of at the next round of periodic work; and that the database
 * is back: releases and changes of state may have been lost while it was away.
 */
function watching(core: Core, periodics: Scheduler): () => Promise<void> {
  let blind = false;
  return async () => {
    const wasBlind = blind;
    blind = true;
    const { ring, gone } = await core.members.look();
    blind = false;
    if (gone || wasBlind) periodics.hurry("recovery");
    if (ring || gone) periodics.hurry("takeover");
  };
}

/** A loop that is late makes keep-alives late: more conductors, or fewer nodes, before it comes to that. */
function reportLoad(core: Core, meter: LoadMeter): void {
  const load = meter.next();
  if (load.loop_delay_ms.p99 > LATE_LOOP_MS)
    core.log.warn(load, "the event loop is late: this process, or its machine, has too much to do");
  else core.log.info(load, "process load");
}

/**
 * Off the ring first, so that new work goes elsewhere, while calls routed here meanwhile are still answered. What is under
 * way may end, then it is told to stop; the registration goes last. Every wait is bounded: neither a call nor a driver that
 * hangs keeps the process.
 */
async function stop(
  core: Core,
  stopping: AbortController,
  serving: AsyncDisposable,
  periodics: Scheduler,
  life: Scheduler,
): Promise<void> {
  const graceMs = core.config.conductor.graceful_shutdown_timeout * 1000;
  const ended = drained(core, Math.min(RING_NOTICE_MS, graceMs), periodics)
    .then(() => serving[Symbol.asyncDispose]())
    .then(() => core.pool.idle());
  await atMost(graceMs, ended);
  stopping.abort();
  for (const task of core.running.all()) task.interrupt(interruption(task, "its conductor was stopped"));
  await atMost(ABORT_LIMIT_MS, ended);
  await atMost(ABORT_LIMIT_MS, Promise.allSettled(core.farewells.map((farewell) => farewell())));
  await atMost(ABORT_LIMIT_MS, life[Symbol.asyncDispose]());
  await core.members.leave();
  core.log.info({ host: core.hostname }, "conductor stopped");
}

/** Without others who could take new work there is nobody to wait for. A database that is away must not keep the process. */
async function drained(core: Core, noticeMs: number, periodics: Scheduler): Promise<void> {
  const quiet = periodics[Symbol.asyncDispose]();
  try {
    if (await core.members.drain()) await wait(noticeMs, core.stopping);
  } catch (error) {
    core.log.warn({ error }, "leaving the ring did not succeed; the others will notice");
  }
  await quiet;
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, wait(ms, done.signal)]);
  done.abort();
}
