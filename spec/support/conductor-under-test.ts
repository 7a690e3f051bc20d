/** A real conductor over a real SQLite file and the real fake driver, called through the local transport. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Config, type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import type { Context } from "../../common/context.ts";
import { EventBus, type FerricEvent } from "../../common/events.ts";
import type { JsonObject } from "../../common/json.ts";
import { silent } from "../../common/log.ts";
import type { NewNode, Node } from "../../common/objects/node.ts";
import type { Method, Params, Result } from "../../common/rpc/contract.ts";
import { LocalTransport } from "../../common/rpc/local.ts";
import type { State } from "../../common/states.ts";
import { type ConductorDeps, type ConductorService, startConductor } from "../../conductor/service.ts";
import { openDatabase } from "../../db/connect.ts";
import type { Database, Stores } from "../../db/contract.ts";
import { SCRIPTED_PLUGIN } from "./scripted-driver.ts";

/** Fake hardware, with the scripted agent. */
export const FAKE = {
  enabled_hardware_types: ["fake-hardware"],
  enabled_bios_interfaces: ["fake", "no-bios"],
  enabled_boot_interfaces: ["fake"],
  enabled_console_interfaces: ["fake", "no-console"],
  enabled_deploy_interfaces: ["fake", "scripted"],
  driver_plugins: [SCRIPTED_PLUGIN],
  enabled_firmware_interfaces: ["fake", "no-firmware"],
  enabled_inspect_interfaces: ["fake", "no-inspect"],
  enabled_management_interfaces: ["fake"],
  enabled_network_interfaces: ["noop"],
  enabled_power_interfaces: ["fake"],
  enabled_raid_interfaces: ["fake", "no-raid"],
  enabled_rescue_interfaces: ["fake", "no-rescue"],
  enabled_storage_interfaces: ["noop"],
  enabled_vendor_interfaces: ["fake", "no-vendor"],
};

const context: Context = { request_id: "req-test" };

export interface ConductorUnderTest extends AsyncDisposable {
  readonly config: Config;
  readonly stores: Stores;
  readonly events: EventBus;
  readonly transport: LocalTransport;
  readonly conductor: ConductorService;
  /** Moves the conductor's clock by so many seconds. */
  advance(seconds: number): void;
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  node(uuid: string): Promise<Node>;
  /** A node in `state`, brought there as a record: the way is not what is tested. */
  nodeIn(state: State, values?: Partial<NewNode>, script?: JsonObject): Promise<string>;
  /** "from -> to" of every state change of the node so far. */
  path(uuid: string): readonly string[];
  told<T extends FerricEvent["type"]>(uuid: string, type: T): readonly Extract<FerricEvent, { type: T }>[];
  /** Resolves once the node is in `state` and nobody holds it. */
  until(uuid: string, state: State): Promise<Node>;
  /** Resolves with the next event that matches. */
  next(match: (event: FerricEvent) => boolean): Promise<FerricEvent>;
  /** Starts the agent's session as a lookup does, and tells its token. */
  lookup(uuid: string): Promise<string>;
  beat(uuid: string, token: string | null): Promise<void>;
  /** Leaves the conductor as kill -9 would, seen from the database, and starts another process's on the same file. */
  crash(): Promise<void>;
}

export async function conductorUnderTest(overrides: ConfigOverrides = {}): Promise<ConductorUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), "ferric-conductor-"));
  const config = defaultConfig({
    ...overrides,
    DEFAULT: { host: "cond-1", state_path: folder, ...FAKE, ...overrides.DEFAULT },
    database: { sqlite_synchronous: "NORMAL", ...overrides.database },
    agent: { allowed_callback_networks: ["127.0.0.0/8"], ...overrides.agent },
    conductor: {
      graceful_shutdown_timeout: 1,
      sync_power_state_interval: 0,
      check_provision_state_interval: 0,
      node_locked_retry_attempts: 1,
      ...overrides.conductor,
    },
  });
  const harness = new Harness(config, folder);
  await harness.start();
  return harness;
}

class Harness implements ConductorUnderTest {
  readonly config: Config;
  readonly events = new EventBus({ keep: 100_000 });
  readonly #folder: string;
  #offset = 0;
  #database: Database | null = null;
  #conductor: ConductorService | null = null;
  transport = new LocalTransport((error, call) => {
    throw new Error(`${call.method} failed unexpectedly`, { cause: error });
  });
  /** Conductors left behind by `crash`, ended with the test. */
  readonly #left: AsyncDisposable[] = [];

  constructor(config: Config, folder: string) {
    this.config = config;
    this.#folder = folder;
  }

  get stores(): Stores {
    if (this.#database === null) throw new Error("the conductor has not been started");
    return this.#database.stores;
  }

  get conductor(): ConductorService {
    if (this.#conductor === null) throw new Error("the conductor has not been started");
    return this.#conductor;
  }

  async start(): Promise<void> {
    this.#database ??= await openDatabase(this.config, silent);
    this.#conductor = await startConductor({
      config: this.config,
      stores: this.stores,
      transport: this.transport,
      events: this.events,
      log: silent,
      clock: () => Date.now() + this.#offset,
      services: servicesOver(this.stores),
    });
  }

  advance(seconds: number): void {
    this.#offset += seconds * 1000;
  }

  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.transport.call(this.config.DEFAULT.host, method, params, context);
  }

  node(uuid: string): Promise<Node> {
    return this.stores.nodes.getRevealed(uuid);
  }

  async nodeIn(state: State, values: Partial<NewNode> = {}, script?: JsonObject): Promise<string> {
    const { uuid } = await this.call("createNode", {
      values: {
        uuid: crypto.randomUUID(),
        driver: "fake-hardware",
        provision_state: state,
        ...(script === undefined ? {} : { driver_info: { fake_script: script } }),
        ...values,
      },
    });
    return uuid;
  }

  path(uuid: string): readonly string[] {
    return this.told(uuid, "node.state").map((event) => `${event.from} -> ${event.to}`);
  }

  told<T extends FerricEvent["type"]>(uuid: string, type: T): readonly Extract<FerricEvent, { type: T }>[] {
    return this.events.recent(uuid).filter((event): event is Extract<FerricEvent, { type: T }> => event.type === type);
  }

  async until(uuid: string, state: State): Promise<Node> {
    for (;;) {
      const node = await this.node(uuid);
      if (node.provision_state === state && node.reservation === null) return node;
      await this.next(
        (event) => event.node === uuid && event.type === "lock" && event.status !== "taken",
        () => this.node(uuid).then((now) => now.provision_state === state && now.reservation === null),
      );
    }
  }

  async next(
    match: (event: FerricEvent) => boolean,
    already: () => Promise<boolean> = async () => false,
  ): Promise<FerricEvent> {
    let unsubscribe = () => {};
    const seen = new Promise<FerricEvent>((resolve) => {
      unsubscribe = this.events.subscribe((event) => {
        if (match(event)) resolve(event);
      });
    });
    try {
      const now = already().then((yes) => (yes ? Promise.resolve({} as FerricEvent) : new Promise<never>(() => {})));
      return await Promise.race([seen, now]);
    } finally {
      unsubscribe();
    }
  }

  async lookup(uuid: string): Promise<string> {
    const { agent_token } = await this.call("lookupNode", { node: uuid, address: "127.0.0.1" });
    if (agent_token === null) throw new Error("the lookup gave no token");
    return agent_token;
  }

  beat(uuid: string, agent_token: string | null): Promise<void> {
    const callback_url = "http://127.0.0.1:9999";
    return this.call("heartbeat", { node: uuid, callback_url, agent_token, agent_version: "1.0" });
  }

  async crash(): Promise<void> {
    if (this.#conductor !== null) this.#left.push(this.#conductor);
    this.transport = new LocalTransport();
    await this.start();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const left of [...this.#left, ...(this.#conductor === null ? [] : [this.#conductor])])
      await left[Symbol.asyncDispose]();
    await this.#database?.[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What drivers need of a conductor, over real stores; nothing is booted. */
export function servicesOver(stores: Stores): ConductorDeps["services"] {
  return {
    boot: { publish: async () => "http://127.0.0.1:1/boot/none", withdraw: async () => {} },
    images: { fetch: () => Promise.reject(new Error("no images here")) },
    storeInventory: (uuid, inventory, plugin_data) => stores.inventory.put(uuid, { inventory, plugin_data }),
    inspectionRules: () => stores.inspectionRules.list(),
    kept: {
      biosSettings: (node) => stores.biosSettings.ofNode(node),
      keepBiosSettings: (node, settings) => stores.biosSettings.replace(node, settings),
      keepFirmware: (node, components) => stores.firmwareComponents.replace(node, components),
    },
    sleep: abortableSleep,
    now: () => performance.now(),
  };
}

function abortableSleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
