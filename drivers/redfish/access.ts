/**
 * BMCs by Redfish: driver_info made a login, one client for each BMC and login, the System of the node found, and errors
 * made faults with a remedy. A client that nobody has used for a while ends its session and is forgotten.
 */
import { createHash } from "node:crypto";
import type { Node } from "../../common/objects/node.ts";
import type { DriverServices } from "../base/services.ts";
import type { Bmc, Caller, Exchange } from "./client/bmc.ts";
import type { Calls } from "./client/calls.ts";
import { RedfishClient } from "./client/client.ts";
import { asksFirmware, quirksFor, vendorOf } from "./client/quirks.ts";
import { isTrouble, RedfishError } from "./client/redfish-error.ts";
import { System } from "./client/system.ts";
import { type RedfishConnection, redfishConnectionOf } from "./connection.ts";
import { redfishFault } from "./diagnosis.ts";

export type Target = Pick<Node, "uuid" | "driver_info">;

/** A task is one of these. */
export interface Asking {
  readonly node: Target;
  readonly signal: AbortSignal;
  ensureLock?(): Promise<void>;
}

/** All throw RedfishFailure naming BMC, user and remedy, and the signal's reason when it aborts. */
export interface RedfishAccess {
  /** No slow work. @throws MissingParameterValue, InvalidParameterValue */
  check(node: Target): void;
  /** Works on the node's machine as it is now. `what` says in words what is done, for the fault. */
  system<T>(task: Asking, what: string, work: (system: System) => Promise<T>): Promise<T>;
  /** Works on the BMC without reading the machine: tasks, subscriptions, the update service. */
  bmc<T>(task: Asking, what: string, work: (calls: Calls) => Promise<T>): Promise<T>;
  /** Ends all sessions. */
  close(): Promise<void>;
}

/** A session is kept while its next use is near: a minute between two power readings, and some more. */
const KEPT_MS = 75_000;

interface Kept {
  readonly client: RedfishClient;
  /** Path of its only System, once it is known. */
  system: string | null;
  /** By path of the manager: read once, for the quirks. */
  readonly firmware: Map<string, string | null>;
  users: number;
  timer: NodeJS.Timeout | undefined;
}

class Access implements RedfishAccess {
  readonly #services: DriverServices;
  readonly #kept = new Map<string, Kept>();

  constructor(services: DriverServices) {
    this.#services = services;
    services.onStop?.(() => this.close());
  }

  check(node: Target): void {
    redfishConnectionOf(node.driver_info, this.#services.config);
  }

  system<T>(task: Asking, what: string, work: (system: System) => Promise<T>): Promise<T> {
    return this.#with(task, what, async (calls, kept, connection) => {
      const path = connection.systemPath ?? (await onlySystem(calls, kept));
      return await work(await this.#read(calls, kept, path));
    });
  }

  bmc<T>(task: Asking, what: string, work: (calls: Calls) => Promise<T>): Promise<T> {
    return this.#with(task, what, work);
  }

  async close(): Promise<void> {
    const clients = [...this.#kept.values()];
    this.#kept.clear();
    for (const { timer } of clients) clearTimeout(timer);
    await Promise.all(clients.map(({ client }) => client.close()));
  }

  async #with<T>(
    task: Asking,
    what: string,
    work: (calls: Calls, kept: Kept, connection: RedfishConnection) => Promise<T>,
  ): Promise<T> {
    const connection = redfishConnectionOf(task.node.driver_info, this.#services.config);
    const { origin, root, username, password, auth, tls } = connection;
    const { redfish } = this.#services.config;
    const bmc: Bmc = {
      ...{ origin, root, username, password, auth, tls },
      connectMs: redfish.connect_timeout * 1000,
      answerMs: redfish.read_timeout * 1000,
      attempts: redfish.connection_attempts,
      retryMs: redfish.connection_retry_interval * 1000,
    };
    const key = keyOf(bmc);
    const kept = this.#take(key, bmc);
    try {
      return await work(kept.client.calls(this.#caller(task, origin)), kept, connection);
    } catch (error) {
      task.signal.throwIfAborted();
      if (!(error instanceof RedfishError)) throw error;
      // It may have been replaced, or have been given other paths by an update.
      if (isTrouble(error, "missing", "malformed")) kept.system = null;
      throw redfishFault(error, connection, what);
    } finally {
      this.#release(key, kept);
    }
  }

  #caller(task: Asking, origin: string): Caller {
    const { observe } = this.#services;
    const who: Caller = { signal: task.signal, mayAct: async () => task.ensureLock?.() };
    if (observe === undefined) return who;
    const { uuid } = task.node;
    const address = new URL(origin).host;
    return { ...who, observe: (exchange) => observe(uuid, told(exchange, address)) };
  }

  #take(key: string, bmc: Bmc): Kept {
    const found = this.#kept.get(key) ?? {
      client: new RedfishClient(bmc, {
        now: () => this.#services.now(),
        sleep: (...wait) => this.#services.sleep(...wait),
      }),
      system: null,
      firmware: new Map(),
      users: 0,
      timer: undefined,
    };
    this.#kept.set(key, found);
    clearTimeout(found.timer);
    found.users++;
    return found;
  }

  #release(key: string, kept: Kept): void {
    kept.users--;
    if (kept.users > 0) return;
    kept.timer = setTimeout(() => {
      if (this.#kept.get(key) === kept) this.#kept.delete(key);
      void kept.client.close();
    }, KEPT_MS);
    kept.timer.unref();
  }

  async #read(calls: Calls, kept: Kept, path: string): Promise<System> {
    const resource = await calls.get(path);
    const vendor = vendorOf(await calls.root(), resource);
    const manager = asksFirmware(vendor) ? (resource.object("Links").links("ManagedBy")[0] ?? null) : null;
    if (manager !== null && !kept.firmware.has(manager))
      kept.firmware.set(manager, (await calls.find(manager))?.text("FirmwareVersion") ?? null);
    const firmware = manager === null ? null : (kept.firmware.get(manager) ?? null);
    return new System(resource, quirksFor({ vendor, model: resource.text("Model"), firmware }), vendor);
  }
}

/** @throws RedfishError when there are several, naming them */
async function onlySystem(calls: Calls, kept: Kept): Promise<string> {
  if (kept.system !== null) return kept.system;
  const paths = await calls.memberPaths((await calls.root()).needLink("Systems"));
  const [first] = paths;
  if (first === undefined) throw new RedfishError("missing", "the BMC has no system");
  if (paths.length > 1)
    throw new RedfishError(
      "refused",
      `the BMC has ${paths.length} systems; set driver_info/redfish_system_id to one of: ${paths.slice(0, 8).join(", ")}`,
    );
  kept.system = first;
  return first;
}

function told({ method, path, body, answer, status, fault, ms }: Exchange, address: string) {
  return {
    protocol: "redfish" as const,
    address,
    request: body === null ? `${method} ${path}` : `${method} ${path} ${body}`,
    answer: status === null ? null : `${status} ${answer ?? ""}`.trim(),
    fault,
    ms,
  };
}

/** Whatever changes how it is called makes it another BMC; the password stands in no memory but the client's. */
function keyOf(bmc: Bmc): string {
  const { ca, ...tls } = bmc.tls;
  return createHash("sha256")
    .update(JSON.stringify([bmc, tls, String(ca ?? "")]))
    .digest("base64");
}

const made = new WeakMap<DriverServices, RedfishAccess>();

/** One for a conductor's interfaces: at most one session a BMC and login. */
export function redfishAccess(services: DriverServices): RedfishAccess {
  const found = made.get(services) ?? new Access(services);
  made.set(services, found);
  return found;
}
