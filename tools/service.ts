/**
 * Composes the service, whole or as a part of one with many processes, and stops what it started in reverse. API and
 * conductor are loaded where they run only: the other's modules are a third of a process's start.
 */
import { join, resolve } from "node:path";
import { AuditFile } from "../api/audit/audit-file.ts";
import type { Config } from "../common/config/config.ts";
import { EventBus } from "../common/events.ts";
import { createLogger, type Logger } from "../common/log.ts";
import type { ConductorMeters } from "../conductor/meters.ts";
import { openDatabase } from "../db/connect.ts";
import type { Stores } from "../db/contract.ts";
import { Closing } from "./closing.ts";
import { lockFile, lockFolder } from "./instance-lock.ts";
import { Meters } from "./metrics/meters.ts";
import { Notifier } from "./notifications/notifier.ts";
import { explainPort } from "./port-taken.ts";
import { refuseUnshared } from "./process-shape.ts";
import { openTransport } from "./transport.ts";

export interface ServiceOptions {
  readonly log?: Logger;
  readonly events?: EventBus;
  /** Aborted while the service is still starting: start ends there and undoes what it did. */
  readonly signal?: AbortSignal;
}

interface Part extends AsyncDisposable {
  readonly config: Config;
  readonly events: EventBus;
  readonly stores: Stores;
  /** Where its metrics are; null when they are off. */
  readonly metricsUrl: string | null;
}

export interface ConsoleProxy {
  /** Where browsers find graphical consoles; null when they are off. */
  readonly consoleUrl: string | null;
}

export interface ApiProcess extends Part {
  /** Base URL of the API, without /v1. */
  readonly url: string;
}

export interface ConductorProcess extends Part {
  readonly hostname: string;
  /** Base URL of the boot files; null when they are not served. */
  readonly bootUrl: string | null;
  /** Aborted with an Error when another process has become the conductor of this name. */
  readonly replaced: AbortSignal;
}

export interface Service extends ApiProcess, ConductorProcess, ConsoleProxy {}

/** API and conductor. @throws Error when the state folder or a port is taken, DriverConfigurationError; nothing is left running then */
export function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  return undoing(config, options, async (starting) => {
    starting.closing.add(lockFolder(config.DEFAULT.state_path));
    const { startConductorPart } = await import("./conductor-part.ts");
    const base = await startBase(starting, { sends: true, hears: true });
    const conductor = await startConductorPart(base, starting.closing);
    const api = await startApiPart(starting, base);
    const consoles = await startConsolePart(starting, base);
    const metrics = await startMetricsPart(starting, base, true, conductor.meters);
    return { ...base, ...conductor, ...api, ...consoles, ...metrics };
  });
}

/** @throws ConfigError, Error when the port is taken; nothing is left running then */
export function startApiProcess(config: Config, options: ServiceOptions = {}): Promise<ApiProcess> {
  refuseUnshared(config, "api");
  return undoing(config, options, async (starting) => {
    const base = await startBase(starting, { sends: false, hears: true });
    const api = await startApiPart(starting, base);
    return { ...base, ...api, ...(await startMetricsPart(starting, base, true, null)) };
  });
}

/** @throws ConfigError, Error when the state folder or a port is taken, DriverConfigurationError; nothing is left running then */
export function startConductorProcess(config: Config, options: ServiceOptions = {}): Promise<ConductorProcess> {
  refuseUnshared(config, "conductor");
  return undoing(config, options, async (starting) => {
    starting.closing.add(lockFolder(config.DEFAULT.state_path));
    const { startConductorPart } = await import("./conductor-part.ts");
    const base = await startBase(starting, { sends: true, hears: false });
    const conductor = await startConductorPart(base, starting.closing);
    return { ...base, ...conductor, ...(await startMetricsPart(starting, base, false, conductor.meters)) };
  });
}

/** The proxy of graphical consoles alone. @throws ConfigError, Error when the port is taken; nothing is left running then */
export function startConsoleProcess(
  config: Config,
  options: ServiceOptions = {},
): Promise<ConsoleProxy & AsyncDisposable> {
  refuseUnshared(config, "novncproxy");
  return undoing(config, options, async (starting) => {
    const { stores } = starting.closing.add(await openDatabase(config, starting.log));
    starting.goOn();
    return await startConsolePart(starting, { stores });
  });
}

interface Starting {
  readonly config: Config;
  readonly log: Logger;
  readonly events: EventBus;
  readonly closing: Closing;
  goOn(): void;
}

type Base = Awaited<ReturnType<typeof startBase>>;

async function undoing<T>(
  config: Config,
  options: ServiceOptions,
  start: (starting: Starting) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const closing = new Closing();
  const log = options.log ?? createLogger({ level: config.DEFAULT.debug ? "debug" : "info" });
  const events = options.events ?? new EventBus();
  const goOn = () => options.signal?.throwIfAborted();
  try {
    const started = await start({ config, log, events, closing, goOn });
    return { ...started, [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose]() };
  } catch (error) {
    await closing[Symbol.asyncDispose]();
    throw explainPort(error, config);
  }
}

async function startBase(starting: Starting, shares: { readonly sends: boolean; readonly hears: boolean }) {
  const { config, log, events, closing, goOn } = starting;
  const { stores, keys } = closing.add(await openDatabase(config, log));
  goOn();
  const opened = closing.add(await openTransport({ config, log, events, ledger: stores.calls, keys, shares }));
  goOn();
  const counts = Meters.of(config, opened, events);
  if (counts !== null) closing.add(counts);
  const notifier = await Notifier.of({ config, stores, events, log });
  if (notifier !== null) closing.add(notifier);
  return { config, log, events, stores, transport: counts?.transport ?? opened, counts, notifier, goOn };
}

/** Named for the port, since each API process on a machine has one of its own. */
function openAudit(config: Config, port: number, closing: Closing, log: Logger): AuditFile | null {
  const { enabled, path, fsync } = config.audit;
  if (!enabled) return null;
  const named = path ?? join(config.DEFAULT.state_path, "audit-{port}.log");
  const file = resolve(named.replaceAll("{port}", String(port)));
  closing.add(lockFile(file));
  const audit = new AuditFile(file, fsync, log);
  const reopen = () => audit.reopen();
  process.on("SIGHUP", reopen);
  closing.add({ [Symbol.dispose]: () => void process.off("SIGHUP", reopen) });
  return audit;
}

async function startApiPart({ closing, log }: Starting, base: Base): Promise<{ readonly url: string }> {
  const { startApi } = await import("../api/server.ts");
  const { config, counts, notifier } = base;
  const watching = {
    ...(counts !== null && { requests: counts.requests }),
    ...(notifier !== null && { watchWrites: notifier.watch }),
  };
  const { url } = closing.add(
    await startApi({ ...base, ...watching, openAudit: (port) => openAudit(config, port, closing, log) }),
  );
  log.info({ url }, "the service is ready");
  return { url };
}

async function startConsolePart(
  { config, log, closing }: Starting,
  { stores }: Pick<Base, "stores">,
): Promise<ConsoleProxy> {
  if (!config.vnc.enabled) return { consoleUrl: null };
  const { startProxy } = await import("../api/novnc/server.ts");
  const { url } = closing.add(await startProxy({ config, stores, log }));
  return { consoleUrl: url };
}

async function startMetricsPart(
  { closing }: Starting,
  { counts, config, log, stores, notifier }: Base,
  hasApi: boolean,
  conductor: (() => ConductorMeters) | null,
): Promise<{ readonly metricsUrl: string | null }> {
  if (counts === null) return { metricsUrl: null };
  const { startMetrics } = await import("./metrics/start.ts");
  const parts = { config, log, stores, meters: counts, notifier, hasApi, conductor };
  const { url } = closing.add(await startMetrics(parts));
  return { metricsUrl: url };
}
