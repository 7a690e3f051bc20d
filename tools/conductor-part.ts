/** The conductor's part of a process: images, boot services and the conductor itself, which need each other. */
import { hostname } from "node:os";
import { ConductorDirectory } from "../api/conductors.ts";
import type { BootServices } from "../boot/contract.ts";
import { startBootServices } from "../boot/service.ts";
import type { Config } from "../common/config/config.ts";
import type { EventBus } from "../common/events.ts";
import type { Logger } from "../common/log.ts";
import type { Transport } from "../common/rpc/transport.ts";
import type { NodeReadings } from "../common/sensor-board.ts";
import { bootBaseUrl } from "../conductor/boot/base-url.ts";
import { kickstarts } from "../conductor/boot/kickstart.ts";
import { Loaders } from "../conductor/boot/loaders.ts";
import { StoredBootPublisher } from "../conductor/boot/publisher.ts";
import { StoredBootResolver } from "../conductor/boot/resolver.ts";
import { BootTraces } from "../conductor/boot/traces.ts";
import { FileImageCache } from "../conductor/images/cache.ts";
import type { ConductorMeters } from "../conductor/meters.ts";
import { startConductor } from "../conductor/service.ts";
import type { Stores } from "../db/contract.ts";
import type { DriverServices } from "../drivers/base/services.ts";
import type { Closing } from "./closing.ts";
import type { Meters } from "./metrics/meters.ts";
import type { Notifier } from "./notifications/notifier.ts";
import { pause } from "./pause.ts";

export interface ConductorPartDeps {
  readonly config: Config;
  readonly stores: Stores;
  readonly transport: Transport;
  readonly events: EventBus;
  readonly log: Logger;
  /** Null: nobody counts. */
  readonly counts: Meters | null;
  /** Null: nobody is notified. */
  readonly notifier: Notifier | null;
  /** Throws once the start has been called off. */
  goOn(): void;
}

export interface ConductorPart {
  readonly hostname: string;
  /** Base URL of the boot files; null when they are not served. */
  readonly bootUrl: string | null;
  readonly replaced: AbortSignal;
  readonly meters: () => ConductorMeters;
}

/** Everything started is noted in `closing`. @throws Error when a port is taken, DriverConfigurationError */
export async function startConductorPart(deps: ConductorPartDeps, closing: Closing): Promise<ConductorPart> {
  const { config, stores, transport, events, log, counts, notifier, goOn } = deps;
  const images = closing.add(await FileImageCache.fromConfig(config, log));
  goOn();
  // Under another URL others serve the files, or share them out.
  const bootTraces = config.deploy.http_url === null && config.boot.http_enabled ? new BootTraces() : null;
  if (bootTraces !== null) closing.add({ [Symbol.dispose]: events.subscribe((event) => bootTraces.note(event)) });
  const boot = bootParts(config, stores, images, { log, bootTraces });
  const bootServices = closing.add(await startBootServices(config, { ...boot, leases: stores.leases, events }, log));
  boot.listensAt(bootServices.httpUrl);
  goOn();
  const services = {
    ...driverServices(config, stores, boot.publisher, images, log),
    ...(counts !== null && { observe: counts.observe }),
  };
  const tellReadings = (readings: NodeReadings) => {
    counts?.board.show(readings);
    notifier?.tellReadings(readings);
  };
  const conductor = closing.add(
    await startConductor({ config, stores, transport, events, log, services, tellReadings, bootTraces }),
  );
  goOn();
  const { hostname: name, replaced, meters } = conductor;
  return { hostname: name, bootUrl: bootServices.httpUrl, replaced, meters };
}

function ownName({ DEFAULT }: Config): string {
  return DEFAULT.host === "" ? hostname() : DEFAULT.host;
}

interface BootParts extends Pick<BootServices, "resolver"> {
  readonly publisher: StoredBootPublisher;
  /** The address is known once the boot services listen. */
  listensAt(url: string | null): void;
}

function bootParts(
  config: Config,
  stores: Stores,
  images: FileImageCache,
  { log, bootTraces }: { readonly log: Logger; readonly bootTraces: BootTraces | null },
): BootParts {
  let listening: string | null = null;
  const baseUrl = () => bootBaseUrl(config, listening);
  const loaders = new Loaders(config.boot.loader_path, log);
  const owns = ownership(config, stores);
  const kickstart = kickstarts(config, stores, images);
  return {
    publisher: new StoredBootPublisher({
      ...{ tickets: stores.bootTickets, loaders, baseUrl },
      published: (node) => bootTraces?.published(node),
    }),
    resolver: new StoredBootResolver({ stores, images, loaders, kickstart, baseUrl, owns }),
    listensAt: (url) => {
      listening = url;
    },
  };
}

/** Only the conductor that the ring gives a node to answers for its machine. */
function ownership(config: Config, stores: Stores): (node: string) => Promise<boolean> {
  const directory = new ConductorDirectory(stores.conductors, config.conductor.heartbeat_timeout);
  const own = ownName(config);
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
