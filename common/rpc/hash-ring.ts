/**
 * Which conductor serves which node: a consistent hash ring per conductor group and hardware type over the conductors
 * that are alive. A conductor that comes or goes moves only its share of the nodes.
 */
import type { Conductor } from "../objects/conductor.ts";
import type { Node } from "../objects/node.ts";

/** Points of one host on the ring; more points spread the nodes more evenly. */
const POINTS_PER_HOST = 64;

/** FNV-1a with an avalanche at the end: cheap, the same everywhere, and even enough for a ring. */
export function ringHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

interface Point {
  readonly at: number;
  readonly host: string;
}

export class HashRing {
  readonly #points: readonly Point[];

  constructor(hosts: Iterable<string>) {
    const points: Point[] = [];
    for (const host of new Set(hosts)) {
      for (let index = 0; index < POINTS_PER_HOST; index++) points.push({ at: ringHash(`${host}#${index}`), host });
    }
    this.#points = points.sort((a, b) => a.at - b.at || (a.host < b.host ? -1 : 1));
  }

  /** The host of `key`, or null on an empty ring. */
  hostOf(key: string): string | null {
    const wanted = ringHash(key);
    let low = 0;
    let high = this.#points.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#points[middle]?.at ?? 0) < wanted) low = middle + 1;
      else high = middle;
    }
    return (this.#points[low] ?? this.#points[0])?.host ?? null;
  }
}

export type RingKey = Pick<Node, "uuid" | "driver" | "conductor_group">;

/** All rings over one reading of the conductors table. */
export class ConductorRings {
  readonly conductors: readonly Conductor[];
  readonly #all: HashRing;
  readonly #rings = new Map<string, HashRing>();

  constructor(conductors: readonly Conductor[]) {
    this.conductors = conductors.filter((conductor) => conductor.alive && conductor.online);
    this.#all = ringOf(this.conductors);
  }

  /** The host that serves the node now, or null when no live conductor of its group offers its hardware type. */
  hostFor(node: RingKey): string | null {
    return this.#ring(node.conductor_group, node.driver).hostOf(node.uuid);
  }

  /** Whether the host serves at all. */
  has(hostname: string): boolean {
    return this.conductors.some((conductor) => conductor.hostname === hostname);
  }

  /** The same, and for a node that none serves: some live conductor, whatever its group and drivers, to end its waits. */
  minderOf(node: RingKey): string | null {
    return this.hostFor(node) ?? this.#all.hostOf(node.uuid);
  }

  /** Whether both give every node and driver to the same hosts. */
  sameAs(other: ConductorRings): boolean {
    return this.#shape() === other.#shape();
  }

  /** Some host that offers the hardware type, whatever its group. */
  hostForDriver(driver: string): string | null {
    return this.conductors.find((conductor) => conductor.drivers.includes(driver))?.hostname ?? null;
  }

  #shape(): string {
    return JSON.stringify(
      this.conductors.map(({ hostname, conductor_group, drivers }) => [hostname, conductor_group, drivers]),
    );
  }

  #ring(group: string, driver: string): HashRing {
    const name = `${group} ${driver}`;
    const known = this.#rings.get(name);
    if (known !== undefined) return known;
    const members = this.conductors.filter(
      (conductor) => conductor.conductor_group === group && conductor.drivers.includes(driver),
    );
    const ring = ringOf(members);
    this.#rings.set(name, ring);
    return ring;
  }
}

function ringOf(conductors: readonly Conductor[]): HashRing {
  return new HashRing(conductors.map((conductor) => conductor.hostname));
}
