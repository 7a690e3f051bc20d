/** The live conductors as the API sees them: read at most once a second, and again before "none is alive" is answered. */
import { NoConductorAlive, NoConductorForDriver, NoConductorForNode } from "../common/errors/driver.ts";
import type { Node } from "../common/objects/node.ts";
import { ConductorRings, HashRing, type RingKey } from "../common/rpc/hash-ring.ts";
import type { ConductorStore } from "../db/contract.ts";

const FRESH_MS = 1000;

type Served = RingKey & Partial<Pick<Node, "reservation">>;

export class ConductorDirectory {
  readonly #store: ConductorStore;
  readonly #timeoutSeconds: number;
  #rings: ConductorRings = new ConductorRings([]);
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<ConductorRings> | null = null;

  constructor(store: ConductorStore, timeoutSeconds: number) {
    this.#store = store;
    this.#timeoutSeconds = timeoutSeconds;
  }

  async rings(): Promise<ConductorRings> {
    return performance.now() - this.#readAt < FRESH_MS ? this.#rings : await this.#read();
  }

  /**
   * Where calls for the node go: to whoever works on it, as long as they serve, for they can hear its agent and stop the
   * work; else to whom the ring gives it.
   * @throws NoConductorForNode
   */
  async hostFor(node: Served): Promise<string> {
    const host = hostIn(await this.rings(), node) ?? hostIn(await this.#read(), node);
    if (host === null) throw NoConductorForNode({ node: node.uuid });
    return host;
  }

  /** The same by the conductors as they are now, after one was found not to serve; null when none does. */
  async hostForAgain(node: Served): Promise<string | null> {
    return hostIn(await this.#read(), node);
  }

  /** For work that belongs to no node: any live conductor, the same for the same key. @throws NoConductorAlive */
  async hostOfKey(key: string): Promise<string> {
    const hosts = (rings: ConductorRings) => rings.conductors.map(({ hostname }) => hostname);
    const host =
      new HashRing(hosts(await this.rings())).hostOf(key) ?? new HashRing(hosts(await this.#read())).hostOf(key);
    if (host === null) throw NoConductorAlive({});
    return host;
  }

  /** For a node that is being created or moves to another driver or group. @throws NoConductorForDriver */
  async hostForNew(node: RingKey): Promise<string> {
    const host = (await this.rings()).hostFor(node) ?? (await this.#read()).hostFor(node);
    if (host === null) throw NoConductorForDriver({ driver: node.driver, group: node.conductor_group });
    return host;
  }

  #read(): Promise<ConductorRings> {
    this.#reading ??= this.#store
      .list(this.#timeoutSeconds)
      .then((conductors) => {
        const rings = new ConductorRings(conductors);
        // The same object while nothing has changed: what is made of it can be kept.
        if (!rings.sameAs(this.#rings)) this.#rings = rings;
        this.#readAt = performance.now();
        return this.#rings;
      })
      .finally(() => {
        this.#reading = null;
      });
    return this.#reading;
  }
}

function hostIn(rings: ConductorRings, node: Served): string | null {
  if (node.reservation != null && rings.has(node.reservation)) return node.reservation;
  return rings.hostFor(node);
}
