/**
 * This conductor among the others: its registration, its keep-alives, and which nodes are its own. Who is alive is judged
 * by the database's clock alone; whether we may still count ourselves alive, by the time since our last keep-alive.
 */
import { LockLost } from "../common/errors/node.ts";
import { INTERFACE_TYPES } from "../common/objects/node.ts";
import { ConductorRings, type RingKey } from "../common/rpc/hash-ring.ts";
import type { DriverCatalogue } from "../drivers/registry.ts";
import type { Core } from "./core.ts";

type Parts = Pick<Core, "hostname" | "bootId" | "config" | "stores" | "log" | "catalogue" | "running" | "services">;

/** What has become of the conductors since the last look. */
export interface MembershipChange {
  /** Nodes may belong to others now. */
  readonly ring: boolean;
  /** A process is gone, and may have left locks. */
  readonly gone: boolean;
}

export class Membership {
  readonly #parts: Parts;
  readonly #replaced = new AbortController();
  /** Begin of the last keep-alive that went through; monotonic milliseconds. */
  #beatAt = Number.NEGATIVE_INFINITY;
  #beating: Promise<void> | null = null;
  #draining = false;
  #seen = new ConductorRings([]);
  #seenAlive: ReadonlySet<string> = new Set();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Aborted when another process has registered under our name: from then on it is the conductor. */
  get replaced(): AbortSignal {
    return this.#replaced.signal;
  }

  async register(): Promise<void> {
    const { hostname, bootId: boot_id, catalogue, config, stores, services } = this.#parts;
    const began = services.now();
    const drivers = catalogue.hardwareTypes.map((type) => type.name);
    const { conductor_group } = config.conductor;
    const rows = drivers.flatMap((name) => interfaceRows(catalogue, name));
    await stores.conductors.register({ hostname, boot_id, conductor_group, drivers }, rows);
    this.#beatAt = began;
  }

  /** One at a time; who comes while one is under way waits for its end. */
  keepAlive(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = null;
    });
    return this.#beating;
  }

  /**
   * To be awaited before a node is taken: a process that was frozen must count again before it acts, else others would
   * take from it at once what it begins.
   */
  async ensureAlive(): Promise<void> {
    const { services } = this.#parts;
    if (services.now() - this.#beatAt >= this.#timeoutSeconds * 1000) await this.keepAlive();
  }

  /** Off the ring, so that new work goes elsewhere; what is held stays held. True when others are there to take it. */
  async drain(): Promise<boolean> {
    const { stores, hostname, bootId } = this.#parts;
    this.#draining = true;
    await stores.conductors.drain(hostname, bootId);
    return (await this.#read()).conductors.length > 0;
  }

  leave(): Promise<void> {
    const { stores, hostname, bootId } = this.#parts;
    return stores.conductors.leave(hostname, bootId);
  }

  /** The nodes that the ring gives us. */
  async owned(): Promise<(node: RingKey) => boolean> {
    const rings = await this.#read();
    return (node) => rings.hostFor(node) === this.#parts.hostname;
  }

  /** These, and our share of those that no live conductor serves: nobody else ends what they wait for. */
  async minded(): Promise<(node: RingKey) => boolean> {
    const rings = await this.#read();
    return (node) => rings.minderOf(node) === this.#parts.hostname;
  }

  /** Looks who is there. */
  async look(): Promise<MembershipChange> {
    const { stores } = this.#parts;
    const conductors = await stores.conductors.list(this.#timeoutSeconds);
    const rings = new ConductorRings(conductors);
    const alive = new Set(conductors.filter((one) => one.alive).map((one) => one.boot_id));
    const gone = [...this.#seenAlive].some((bootId) => !alive.has(bootId));
    const ring = !rings.sameAs(this.#seen);
    this.#seen = rings;
    this.#seenAlive = alive;
    return { ring, gone };
  }

  get #timeoutSeconds(): number {
    return this.#parts.config.conductor.heartbeat_timeout;
  }

  async #read(): Promise<ConductorRings> {
    return new ConductorRings(await this.#parts.stores.conductors.list(this.#timeoutSeconds));
  }

  async #beat(): Promise<void> {
    const { stores, services, hostname, bootId, log } = this.#parts;
    const began = services.now();
    const outcome = await stores.conductors.beat(hostname, bootId, this.#timeoutSeconds);
    if (outcome === "replaced") return this.#giveUp();
    if (outcome === "gone") {
      log.warn({ host: hostname }, "this conductor's registration had been removed; it registers again");
      await this.register();
      if (this.#draining) await stores.conductors.drain(hostname, bootId);
    }
    this.#beatAt = began;
    if (outcome === "kept") return;
    log.warn({ host: hostname }, "this conductor did not count as alive for a while; work that others took is stopped");
    await this.#loseWhatOthersTook();
  }

  /** Another process has our name: whatever runs here must stop without saving. */
  #giveUp(): void {
    const { hostname: host, log, running } = this.#parts;
    if (this.#replaced.signal.aborted) return;
    log.error({ host }, "another process has registered under this conductor's name; work stops here");
    this.#replaced.abort(
      new Error(
        `another process has registered as conductor "${host}"; give each conductor a name of its own, [DEFAULT]host`,
      ),
    );
    for (const task of running.all()) task.lose();
  }

  /** A task whose lock is still its own may go on: it cannot be taken any more. */
  async #loseWhatOthersTook(): Promise<void> {
    const { running, log } = this.#parts;
    for (const task of running.all())
      await task.ensureLock().catch((error: unknown) => {
        if (!LockLost.matches(error)) log.warn({ error, node: task.node.uuid }, "a lock could not be checked");
      });
  }
}

function interfaceRows(catalogue: DriverCatalogue, hardware_type: string) {
  const choices = catalogue.interfacesOf(hardware_type);
  return INTERFACE_TYPES.flatMap((interface_type) =>
    choices[interface_type].enabled.map((interface_name) => ({
      hardware_type,
      interface_type,
      interface_name,
      is_default: choices[interface_type].default === interface_name,
    })),
  );
}
