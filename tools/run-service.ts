/** Runs the service, or a part of it, until a signal stops it or another process takes its conductor's place. */
import type { Config } from "../common/config/config.ts";
import type { Logger } from "../common/log.ts";
import { type ConfigureOptions, configure, logOf, logWarnings } from "./configure.ts";
import { UsageError } from "./flags.ts";
import { preventDumps } from "./no-dumps.ts";
import { type Service, type ServiceOptions, startService } from "./service.ts";
import { listenForStop, type StopRequest } from "./signals.ts";

/** `replaced`: see ConductorProcess. */
type Running = AsyncDisposable & { readonly replaced?: AbortSignal };
export type Start<S extends Running> = (config: Config, options: ServiceOptions) => Promise<S>;

/** The whole service. Resolves to the exit code once everything has stopped. `ready` is called when the API answers. */
export function runService(
  config: Config,
  log: Logger,
  stop: StopRequest,
  ready: (service: Service) => Promise<void> | void,
): Promise<number> {
  return run(startService, config, log, stop, ready);
}

/** A command that does nothing but run `start` by its configuration and say `announce` once it is ready. */
export async function runConfigured<S extends Running>(
  argv: readonly string[],
  start: Start<S>,
  announce: (service: S) => string,
  shape: Pick<ConfigureOptions, "servesApi" | "loadsDrivers"> = {},
): Promise<number> {
  const { config, warnings, flags } = configure(argv, shape);
  if (flags.positionals.length > 0) throw new UsageError(`unexpected "${flags.positionals[0]}"`);
  const log = logOf(config);
  logWarnings(log, warnings);
  const stop = listenForStop((text) => log.info({}, text.trim()));
  return run(start, config, log, stop, (service) => void process.stdout.write(`${announce(service)}\n`));
}

async function run<S extends Running>(
  start: Start<S>,
  config: Config,
  log: Logger,
  stop: StopRequest,
  ready: (service: S) => Promise<void> | void,
): Promise<number> {
  preventDumps();
  const service = await startUnlessStopped(start, config, log, stop);
  if (service === null) return 0;
  await using _service = service;
  await ready(service);
  const reason = await Promise.race([stop.stopped, aborted(service.replaced)]);
  if (!(reason instanceof Error)) return 0;
  log.error({ error: reason }, "the service stops");
  return 1;
}

/** Pending for ever without a signal. */
function aborted(signal: AbortSignal | undefined): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve(signal.reason);
    else signal?.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

async function startUnlessStopped<S extends Running>(
  start: Start<S>,
  config: Config,
  log: Logger,
  stop: StopRequest,
): Promise<S | null> {
  try {
    return await start(config, { log, signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return null;
    throw error;
  }
}
