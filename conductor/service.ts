/** One conductor: registers, recovers what a dead process left, serves calls, runs periodic work, and leaves in good order. */
import { setMaxListeners } from "node:events";
import { hostname } from "node:os";
import type { Config } from "../common/config/config.ts";
import type { EventSink } from "../common/events.ts";
import type { Logger } from "../common/log.ts";
import { INTERFACE_TYPES } from "../common/objects/node.ts";
import type { Transport } from "../common/rpc/transport.ts";
import type { Stores } from "../db/contract.ts";
import type { DriverServices } from "../drivers/base/services.ts";
import { type DriverCatalogue, loadDrivers } from "../drivers/registry.ts";
import type { Clock } from "./clock.ts";
import type { Core } from "./core.ts";
import { allocationPass } from "./flows/allocate.ts";
import { LastHeard } from "./last-heard.ts";
import { LockLines } from "./lock-lines.ts";
import { handlersOf } from "./methods/handlers.ts";
import { BootRetries } from "./periodic/boot-retries.ts";
import { Listening } from "./periodic/listening.ts";
import { PowerSync } from "./periodic/power-sync.ts";
import { interruption, recoverPass } from "./periodic/recovery.ts";
import { Scheduler } from "./periodic/scheduler.ts";
import { SilentAgents } from "./periodic/silent-agents.ts";
import { takeoverPass } from "./periodic/takeover.ts";
import { timeoutPass } from "./periodic/timeouts.ts";
import { RunningTasks } from "./running-tasks.ts";
import { wait } from "./waiting.ts";
import { WorkerPool } from "./worker-pool.ts";

export interface ConductorDeps {
  readonly config: Config;
  readonly stores: Stores;
  readonly transport: Transport;
  readonly events: EventSink;
  readonly log: Logger;
  readonly services: Omit<DriverServices, "config" | "log">;
  /** Milliseconds since the epoch; Date.now by default. */
  readonly clock?: Clock;
}

export type PeriodicName =
  | "keepalive"
  | "recovery"
  | "allocations"
  | "timeouts"
  | "boot retries"
  | "power sync"
  | "power recovery"
  | "takeover";

export interface ConductorService extends AsyncDisposable {
  readonly hostname: string;
  readonly bootId: string;
  /** Resolves once no background work is under way. */
  idle(): Promise<void>;
  /** Runs one pass of periodic work now. */
  pass(name: PeriodicName): Promise<void>;
}

/** How long work that was told to stop may take to put its node into the fail state. */
const ABORT_LIMIT_MS = 10_000;

/** @throws DriverConfigurationError; faults of the database */
export async function startConductor(deps: ConductorDeps): Promise<ConductorService> {
  const stopping = new AbortController();
  // Every request that waits for a lock listens.
  setMaxListeners(0, stopping.signal);
  const core = await makeCore(deps, stopping.signal);
  await register(core);
  const handlers = handlersOf(core);
  const serving = await deps.transport.serve(core.hostname, handlers);
  const life = new Scheduler(core, [
    { name: "keepalive", every: deps.config.conductor.heartbeat_interval, pass: () => keepAlive(core, stopping) },
  ]);
  const periodics = new Scheduler(core, periodicsOf(core));
  life.start();
  try {
    await recoverPass(core);
    core.pool.claimAlways().run(() => allocationPass(core));
  } catch (error) {
    await stop(core, stopping, serving, periodics, life);
    throw error;
  }
  periodics.start();
  core.log.info({ host: core.hostname, boot_id: core.bootId }, "conductor started");
  let stopped: Promise<void> | null = null;
  return {
    hostname: core.hostname,
    bootId: core.bootId,
    idle: () => core.pool.idle(),
    pass: (name) => (name === "keepalive" ? life : periodics).pass(name),
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
  const services: DriverServices = { ...deps.services, config, log, ...(deps.clock && { clock: deps.clock }) };
  const { workers_pool_size, reserved_workers_pool_percentage } = config.conductor;
  return {
    hostname: host,
    bootId: crypto.randomUUID(),
    config,
    stores,
    events,
    log,
    services,
    catalogue: await loadDrivers(services),
    pool: new WorkerPool(workers_pool_size, reserved_workers_pool_percentage, (error) =>
      log.error({ error }, "background work ended with an error that nobody handled"),
    ),
    running: new RunningTasks(),
    lines: new LockLines(),
    allocating: new Set(),
    lastHeard: new LastHeard(),
    clock: deps.clock ?? Date.now,
    stopping,
  };
}

async function register(core: Core): Promise<void> {
  const { hostname: host, bootId: boot_id, catalogue, config } = core;
  const drivers = catalogue.hardwareTypes.map((type) => type.name);
  const { conductor_group } = config.conductor;
  const rows = drivers.flatMap((name) => interfaceRows(catalogue, name));
  await core.stores.conductors.register({ hostname: host, boot_id, conductor_group, drivers }, rows);
}

function interfaceRows(catalogue: DriverCatalogue, hardware_type: string) {
  const choices = catalogue.interfacesOf(hardware_type);
  return INTERFACE_TYPES.flatMap((interface_type) =>
    choices[interface_type].enabled.map((interface_name) => ({
      hardware_type,
      interface_type,
      interface_name,
      is_default: choices[interface_type].default === interface_name,
    })),
  );
}

function periodicsOf(core: Core) {
  const { conductor, pxe } = core.config;
  const retriesEvery = pxe.boot_retry_timeout === 0 ? 0 : pxe.boot_retry_check_interval;
  const power = new PowerSync(core);
  const listening = new Listening(core);
  const silence = new SilentAgents(core, listening);
  const retries = new BootRetries(core, listening);
  const endWaits = async () => {
    listening.noticePass();
    await timeoutPass(core, listening);
    await silence.pass();
  };
  return [
    { name: "recovery", every: conductor.recovery_interval, pass: () => recoverPass(core) },
    { name: "allocations", every: conductor.recovery_interval, pass: () => allocationPass(core) },
    { name: "timeouts", every: conductor.check_provision_state_interval, pass: endWaits },
    { name: "boot retries", every: retriesEvery, pass: () => retries.pass() },
    { name: "power sync", every: conductor.sync_power_state_interval, pass: () => power.pass() },
    { name: "power recovery", every: conductor.power_failure_recovery_interval, pass: () => power.recoverPass() },
    { name: "takeover", every: conductor.recovery_interval, pass: () => takeoverPass(core) },
  ];
}

/** Another process under our name has taken over: whatever runs here must stop without saving. */
async function keepAlive(core: Core, stopping: AbortController): Promise<void> {
  if (await core.stores.conductors.beat(core.hostname, core.bootId)) return;
  core.log.error({ host: core.hostname }, "another process has registered under this conductor's name; stopping work");
  stopping.abort();
  for (const task of core.running.all()) task.lose();
}

/**
 * No new calls; what is under way may end, then it is told to stop; the place on the ring goes last. Every wait is
 * bounded: neither a call nor a driver that hangs keeps the process.
 */
async function stop(
  core: Core,
  stopping: AbortController,
  serving: AsyncDisposable,
  periodics: Scheduler,
  life: Scheduler,
): Promise<void> {
  const ended = Promise.all([serving[Symbol.asyncDispose](), periodics[Symbol.asyncDispose]()]).then(() =>
    core.pool.idle(),
  );
  await atMost(core.config.conductor.graceful_shutdown_timeout * 1000, ended);
  stopping.abort();
  for (const task of core.running.all()) task.interrupt(interruption(task, "its conductor was stopped"));
  await atMost(ABORT_LIMIT_MS, ended);
  await atMost(ABORT_LIMIT_MS, life[Symbol.asyncDispose]());
  await core.stores.conductors.leave(core.hostname, core.bootId);
  core.log.info({ host: core.hostname }, "conductor stopped");
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController();
  await Promise.race([work, wait(ms, done.signal)]);
  done.abort();
}
