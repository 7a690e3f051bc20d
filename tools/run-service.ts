/** Runs the service until a signal stops it, or another process takes its conductor's place. */
import type { Config } from "../common/config/config.ts";
import type { Logger } from "../common/log.ts";
import { type Service, startService } from "./service.ts";
import type { StopRequest } from "./signals.ts";

/** Resolves to the exit code once everything has stopped. `ready` is called when the API answers. */
export async function runService(
  config: Config,
  log: Logger,
  stop: StopRequest,
  ready: (service: Service) => Promise<void> | void,
): Promise<number> {
  const service = await startUnlessStopped(config, log, stop);
  if (service === null) return 0;
  await using _service = service;
  await ready(service);
  const reason = await Promise.race([stop.stopped, aborted(service.replaced)]);
  if (!(reason instanceof Error)) return 0;
  log.error({ error: reason }, "the service stops");
  return 1;
}

function aborted(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
  });
}

async function startUnlessStopped(config: Config, log: Logger, stop: StopRequest): Promise<Service | null> {
  try {
    return await startService(config, { log, signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return null;
    throw error;
  }
}
