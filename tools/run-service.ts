/** Runs the service until a signal stops it. */
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
  await stop.stopped;
  return 0;
}

async function startUnlessStopped(config: Config, log: Logger, stop: StopRequest): Promise<Service | null> {
  try {
    return await startService(config, { log, signal: stop.signal });
  } catch (error) {
    if (stop.signal.aborted && error === stop.signal.reason) return null;
    throw error;
  }
}
