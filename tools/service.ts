import type { Config } from "../common/config/config.ts";
import type { EventBus } from "../common/events.ts";
import type { Logger } from "../common/log.ts";
import type { Stores } from "../db/contract.ts";
import { Closing } from "./closing.ts";

export interface ServiceOptions {
  readonly log?: Logger;
  readonly events?: EventBus;
  /** Aborted while the service is still starting: start stops where it is and undoes itself. */
  readonly signal?: AbortSignal;
}

export interface Service extends AsyncDisposable {
  /** Base URL of the API, without /v1. */
  readonly url: string;
  readonly config: Config;
  readonly events: EventBus;
  readonly stores: Stores;
}

/** @throws Error when the state folder or a port is taken, DriverConfigurationError; nothing is left running then */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const closing = new Closing();
  try {
    return await compose(config, options, closing);
  } catch (error) {
    await closing[Symbol.asyncDispose]();
    throw error;
  }
}
