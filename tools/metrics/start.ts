/** Starts the endpoint of a process with what it has: an API, a conductor, or both. Loaded only where metrics are on. */
import type { Config } from "../../common/config/config.ts";
import type { Logger } from "../../common/log.ts";
import { Metrics } from "../../common/metrics.ts";
import type { ConductorMeters } from "../../conductor/meters.ts";
import type { Stores } from "../../db/contract.ts";
import { type Endpoint, serveMetrics } from "./endpoint.ts";
import {
  apiFamilies,
  callFamilies,
  conductorFamilies,
  type Notified,
  notificationFamilies,
  workFamilies,
} from "./families.ts";
import type { Meters } from "./meters.ts";

export interface MetricsDeps {
  readonly config: Config;
  readonly log: Logger;
  readonly stores: Stores;
  readonly meters: Meters;
  /** Null: nobody is notified. */
  readonly notifier: Notified | null;
  readonly hasApi: boolean;
  /** Null: this process has no conductor. */
  readonly conductor: (() => ConductorMeters) | null;
}

/** @throws ConfigError, TlsUnusable, Error when the port is taken */
export async function startMetrics(deps: MetricsDeps): Promise<Endpoint> {
  const { config, log, stores, meters, notifier, hasApi, conductor } = deps;
  const metrics = new Metrics((family, error) => log.warn({ family, error }, "a metric could not be read"));
  const families = [
    ...callFamilies(meters.transport),
    ...notificationFamilies(notifier),
    ...(hasApi ? apiFamilies(meters.requests, stores, config.conductor.heartbeat_timeout) : []),
    ...(conductor === null ? [] : [...conductorFamilies(conductor), ...workFamilies(meters.flows, meters.exchanges)]),
  ];
  for (const family of families) metrics.add(family);
  return await serveMetrics({ config, log, metrics, board: meters.board });
}
