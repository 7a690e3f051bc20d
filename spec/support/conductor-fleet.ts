/**
 * Several real conductors and an API on one SQLite file. Each conductor reaches the database and its calls through a gate
 * of its own: closed for good it is as kill -9 seen from outside, closed for a while as SIGSTOP. The database's clock is
 * moved for one conductor by ageing its last keep-alive.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startApi } from "../../api/server.ts";
import { type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import type { Context } from "../../common/context.ts";
import { EventBus, type FerricEvent } from "../../common/events.ts";
import { silent } from "../../common/log.ts";
import type { NewNode, Node } from "../../common/objects/node.ts";
import type { Handlers, Method, Params, Result } from "../../common/rpc/contract.ts";
import { ConductorRings } from "../../common/rpc/hash-ring.ts";
import { LocalTransport } from "../../common/rpc/local.ts";
import type { Transport } from "../../common/rpc/transport.ts";
import type { State } from "../../common/states.ts";
import { type ConductorService, startConductor } from "../../conductor/service.ts";
import { openDatabase } from "../../db/connect.ts";
import type { Database, Stores } from "../../db/contract.ts";
import { connect } from "../../db/dialect/sqlite/drivers.ts";
import { rowsOf } from "../../db/engine.ts";
import { FAKE, servicesOver } from "./conductor-under-test.ts";
import { Gate, gated } from "./gate.ts";

const context: Context = { request_id: "req-test" };
const SQLITE = "libsql";

export interface Member {
  readonly name: string;
  readonly service: ConductorService;
  /** Closed: nothing of it reaches the database, and no call reaches it. */
  readonly gate: Gate;
  /** Moves its monotonic clock by so many seconds. */
  wait(seconds: number): void;
}

export class ConductorFleet implements AsyncDisposable {
  readonly events = new EventBus({ keep: 200_000 });
  readonly transport = new LocalTransport();
  readonly members = new Map<string, Member>();
  readonly #folder: string;
  readonly #overrides: ConfigOverrides;
  readonly #database: Database;
  readonly #past: Member[] = [];
  #api: (AsyncDisposable & { readonly url: string }) | null = null;

  private constructor(folder: string, overrides: ConfigOverrides, database: Database) {
    this.#folder = folder;
    this.#overrides = overrides;
    this.#database = database;
  }

  static async start(names: readonly string[], overrides: ConfigOverrides = {}): Promise<ConductorFleet> {
    const folder = await mkdtemp(join(tmpdir(), "ferric-fleet-"));
    const database = await openDatabase(configOf("none", folder, overrides), silent);
    const fleet = new ConductorFleet(folder, overrides, database);
    for (const name of names) await fleet.join(name);
    return fleet;
  }

  get stores(): Stores {
    return this.#database.stores;
  }

  async join(name: string, overrides: ConfigOverrides = {}): Promise<Member> {
    const gate = new Gate();
    const stores = gated(this.stores, gate);
    const all = { ...this.#overrides, ...overrides };
    const config = configOf(name, this.#folder, {
      ...all,
      conductor: { ...this.#overrides.conductor, ...overrides.conductor },
    });
    const transport: Transport = {
      call: (...call) => this.transport.call(...call),
      serve: (host, handlers) => this.transport.serve(host, gated(handlers, gate) as Handlers),
    };
    let waited = 0;
    const services = { ...servicesOver(stores), now: () => performance.now() + waited };
    const deps = { config, stores, transport, events: this.events, log: silent, services };
    const wait = (seconds: number) => {
      waited += seconds * 1000;
    };
    const member = { name, gate, wait, service: await startConductor(deps) };
    const before = this.members.get(name);
    if (before !== undefined) this.#past.push(before);
    this.members.set(name, member);
    return member;
  }

  member(name: string): Member {
    const member = this.members.get(name);
    if (member === undefined) throw new Error(`there is no conductor ${name}`);
    return member;
  }

  /** As kill -9; it counts as dead once `age` has made its last keep-alive old. */
  kill(name: string): void {
    this.member(name).gate.close();
  }

  /** So many seconds pass for the database without a keep-alive of the conductor. */
  async age(name: string, seconds = 61): Promise<void> {
    const file = await connect(SQLITE, join(this.#folder, "ferric.sqlite"));
    try {
      const sql = "update conductors set beat_ms = beat_ms - ? where hostname = ?";
      await file.drive(rowsOf({ sql, bindings: [seconds * 1000, name] }));
    } finally {
      await file.close();
    }
  }

  /** As SIGSTOP for so long, seen by everybody; `gate.open` is SIGCONT. */
  async freeze(name: string, seconds = 61): Promise<void> {
    const { gate, wait } = this.member(name);
    gate.close();
    wait(seconds);
    await this.age(name, seconds);
  }

  /** Base URL of an API over the same database. */
  async api(): Promise<string> {
    this.#api ??= await startApi({
      config: configOf("api", this.#folder, { ...this.#overrides, api: { port: 0 } }),
      stores: this.stores,
      transport: this.transport,
      events: this.events,
      log: silent,
    });
    return this.#api.url;
  }

  /** Through the ring, as the API does. */
  async call<M extends Method>(method: M, params: Params<M> & { readonly node: string }): Promise<Result<M>> {
    return await this.transport.call(await this.ownerOf(params.node), method, params, context);
  }

  async ownerOf(uuid: string): Promise<string> {
    const rings = new ConductorRings(await this.stores.conductors.list(60));
    const host = rings.hostFor(await this.stores.nodes.get(uuid));
    if (host === null) throw new Error(`nobody serves node ${uuid}`);
    return host;
  }

  async nodeIn(state: State, values: Partial<NewNode> = {}): Promise<string> {
    const rings = new ConductorRings(await this.stores.conductors.list(60));
    const node = { uuid: crypto.randomUUID(), driver: "fake-hardware", conductor_group: "", ...values };
    const host = rings.hostFor(node) ?? "nobody";
    await this.transport.call(host, "createNode", { values: { ...node, provision_state: state } }, context);
    return node.uuid;
  }

  /** Nodes of one conductor, as many as asked for. */
  async nodesOf(host: string, count: number, make: () => Promise<string>): Promise<readonly string[]> {
    const found: string[] = [];
    while (found.length < count) {
      const uuid = await make();
      if ((await this.ownerOf(uuid)) === host) found.push(uuid);
    }
    return found;
  }

  node(uuid: string): Promise<Node> {
    return this.stores.nodes.getRevealed(uuid);
  }

  told<T extends FerricEvent["type"]>(uuid: string, type: T): readonly Extract<FerricEvent, { type: T }>[] {
    return this.events.recent(uuid).filter((event): event is Extract<FerricEvent, { type: T }> => event.type === type);
  }

  /** Resolves to the milliseconds it took until all nodes satisfy `test`. @throws Error naming those that do not */
  async until(uuids: readonly string[], test: (node: Node) => boolean, limitMs = 20_000): Promise<number> {
    const began = performance.now();
    for (;;) {
      const nodes = await Promise.all(uuids.map((uuid) => this.node(uuid)));
      const others = nodes.filter((node) => !test(node));
      const took = performance.now() - began;
      if (others.length === 0) return took;
      if (took > limitMs) {
        const seen = others.map((node) => `${node.uuid} ${node.provision_state} held by ${node.reservation}`);
        throw new Error(`${others.length} of ${uuids.length} nodes did not get there: ${seen.slice(0, 3).join("; ")}`);
      }
      await new Promise((done) => setTimeout(done, 50));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api?.[Symbol.asyncDispose]();
    const all = [...this.#past, ...this.members.values()];
    for (const { gate } of all) gate.open();
    await Promise.all(all.map(({ service }) => service[Symbol.asyncDispose]()));
    await this.#database[Symbol.asyncDispose]();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function configOf(host: string, folder: string, overrides: ConfigOverrides) {
  return defaultConfig({
    ...overrides,
    DEFAULT: { host, state_path: folder, ...FAKE, ...overrides.DEFAULT },
    database: { sqlite_synchronous: "NORMAL", sqlite_driver: SQLITE, ...overrides.database },
    agent: { allowed_callback_networks: ["127.0.0.0/8"], ...overrides.agent },
    conductor: {
      graceful_shutdown_timeout: 2,
      sync_power_state_interval: 0,
      check_provision_state_interval: 0,
      ...overrides.conductor,
    },
  });
}
