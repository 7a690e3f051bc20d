/** The whole service in one process: composes database, boot services, conductor and API, and stops them in reverse. */
import { hostname } from "node:os";
import { ConductorDirectory } from "../api/conductors.ts";
import { startApi } from "../api/server.ts";
import type { BootServices } from "../boot/contract.ts";
import { startBootServices } from "../boot/service.ts";
import type { Config } from "../common/config/config.ts";
import { EventBus } from "../common/events.ts";
import { createLogger, type Logger } from "../common/log.ts";
import { LocalTransport } from "../common/rpc/local.ts";
import { bootBaseUrl } from "../conductor/boot/base-url.ts";
import { Loaders } from "../conductor/boot/loaders.ts";
import { StoredBootPublisher } from "../conductor/boot/publisher.ts";
import { StoredBootResolver } from "../conductor/boot/resolver.ts";
import { FileImageCache } from "../conductor/images/cache.ts";
import { startConductor } from "../conductor/service.ts";
import { openDatabase } from "../db/connect.ts";
import type { Stores } from "../db/contract.ts";
import type { DriverServices } from "../drivers/base/services.ts";
import { Closing } from "./closing.ts";
import { lockFolder } from "./instance-lock.ts";
import { pause } from "./pause.ts";
import { explainPort } from "./port-taken.ts";

export interface ServiceOptions {
  readonly log?: Logger;
  readonly events?: EventBus;
  /** Aborted while the service is still starting: start ends there and undoes what it did. */
  readonly signal?: AbortSignal;
}

export interface Service extends AsyncDisposable {
  /** Base URL of the API, without /v1. */
  readonly url: string;
  /** Base URL of the boot files; null when they are not served. */
  readonly bootUrl: string | null;
  readonly config: Config;
  readonly events: EventBus;
  readonly stores: Stores;
  /** Aborted with an Error when another process has become the conductor of this name. */
  readonly replaced: AbortSignal;
}

/** @throws Error when the state folder or a port is taken, DriverConfigurationError; nothing is left running then */
export async function startService(config: Config, options: ServiceOptions = {}): Promise<Service> {
  const closing = new Closing();
  try {
    return await compose(config, options, closing);
  } catch (error) {
    await closing[Symbol.asyncDispose]();
    throw explainPort(error, config);
  }
}

async function compose(config: Config, options: ServiceOptions, closing: Closing): Promise<Service> {
  const log = options.log ?? createLogger({ level: config.DEFAULT.debug ? "debug" : "info" });
  const events = options.events ?? new EventBus();
  const goOn = () => options.signal?.throwIfAborted();
  closing.add(lockFolder(config.DEFAULT.state_path));
  const { stores } = closing.add(await openDatabase(config, log));
  const images = closing.add(await FileImageCache.fromConfig(config, log));
  goOn();
  const boot = bootParts(config, stores, images, log);
  const bootServices = closing.add(await startBootServices(config, { ...boot, leases: stores.leases, events }, log));
  boot.listensAt(bootServices.httpUrl);
  goOn();
  const transport = new LocalTransport((error, call) => log.error({ error, method: call.method }, "a call failed"));
  const services = driverServices(config, stores, boot.publisher, images, log);
  const conductor = closing.add(await startConductor({ config, stores, transport, events, log, services }));
  goOn();
  const api = closing.add(await startApi({ config, stores, transport, events, log }));
  log.info({ url: api.url }, "the service is ready");
  const { url } = api;
  return {
    url,
    bootUrl: bootServices.httpUrl,
    config,
    events,
    stores,
    replaced: conductor.replaced,
    [Symbol.asyncDispose]: () => closing[Symbol.asyncDispose](),
  };
}

interface BootParts extends Pick<BootServices, "resolver"> {
  readonly publisher: StoredBootPublisher;
  /** The address is known once the boot services listen. */
  listensAt(url: string | null): void;
}

function bootParts(config: Config, stores: Stores, images: FileImageCache, log: Logger): BootParts {
  let listening: string | null = null;
  const baseUrl = () => bootBaseUrl(config, listening);
  const loaders = new Loaders(config.boot.loader_path, log);
  const owns = ownership(config, stores);
  return {
    publisher: new StoredBootPublisher({ tickets: stores.bootTickets, loaders, baseUrl }),
    resolver: new StoredBootResolver({ stores, images, loaders, baseUrl, owns }),
    listensAt: (url) => {
      listening = url;
    },
  };
}

/** Only the conductor that the ring gives a node to answers for its machine. */
function ownership(config: Config, stores: Stores): (node: string) => Promise<boolean> {
  const directory = new ConductorDirectory(stores.conductors, config.conductor.heartbeat_timeout);
  const own = config.DEFAULT.host === "" ? hostname() : config.DEFAULT.host;
  return async (uuid) => {
    const fields = ["driver", "conductor_group"];
    const [node, rings] = await Promise.all([stores.nodes.find(uuid, { fields }), directory.rings()]);
    return node !== null && rings.hostFor(node) === own;
  };
}

function driverServices(
  config: Config,
  stores: Stores,
  boot: StoredBootPublisher,
  images: FileImageCache,
  log: Logger,
): DriverServices {
  return {
    config,
    log,
    boot,
    images,
    storeInventory: (node, inventory, plugin_data) => stores.inventory.put(node, { inventory, plugin_data }),
    inspectionRules: () => stores.inspectionRules.list(),
    kept: {
      biosSettings: (node) => stores.biosSettings.ofNode(node),
      keepBiosSettings: (node, settings) => stores.biosSettings.replace(node, settings),
      keepFirmware: (node, components) => stores.firmwareComponents.replace(node, components),
    },
    sleep: pause,
    now: () => performance.now(),
  };
}
