/**
 * From which of the served networks a packet came: the socket that heard it says so. Where sockets cannot be tied to
 * interfaces (bind-to-device.ts), or an interface has several networks, a datagram to 255.255.255.255 is placed by what
 * it says (relay, server identifier, addresses), then by where the machine was seen last, and else stands for every
 * network in question: each gets an answer of its own, with that network's addresses and server identifier, and the
 * client's next message names the one that it received. An answer on a network that the machine is not on reaches
 * nobody who takes it (it bears another's MAC), and the address in it is only kept free for a minute.
 */
import { type Address, contains, fromBytes, type Network, parseAddress } from "../address.ts";
import { OPTION, readSubOptions } from "./options.ts";
import { addressOption, type DhcpPacket } from "./packet.ts";
import type { Pool } from "./pools.ts";

/** One address of a served interface. */
export interface Link {
  readonly interface: string;
  readonly address: Address;
  readonly network: Network;
}

/** Where an answer is for: a served link itself or what lies behind a relay. */
export interface Segment {
  readonly link: Link;
  readonly relay: Address | null;
  /** Null: no addresses for this network, boot information only. */
  readonly pool: Pool | null;
}

export interface Arrival {
  readonly packet: DhcpPacket;
  /** Null: it came to 255.255.255.255, and may be for each of `from`. */
  readonly link: Link | null;
  readonly from: readonly Link[];
  readonly source: { readonly address: string; readonly port: number };
}

const KEPT = 4096;

export class Segments {
  readonly #links: readonly Link[];
  readonly #pools: readonly Pool[];
  /** Where a machine's last REQUEST was for, and whether its last DISCOVER has been answered there only. */
  readonly #homes = new Map<string, { link: Link; tried: boolean }>();

  constructor(links: readonly Link[], pools: readonly Pool[]) {
    this.#links = links;
    this.#pools = pools;
  }

  /** Empty: not for this server. */
  of(arrival: Arrival): readonly Segment[] {
    const { packet, link } = arrival;
    const server = addressOption(packet, OPTION.serverId);
    const named = server === null ? null : this.#links.find((one) => one.address.value === server.value);
    if (packet.giaddr.value !== 0n) {
      // A relay may have put itself in the server's place (RFC 5107).
      const isOther = named === undefined && server?.value !== packet.giaddr.value;
      return isOther ? [] : this.#relayed(arrival);
    }
    if (named === undefined) return [];
    if (named !== null) return [this.#segment(named, packet.ciaddr)];
    const known = link ?? this.#byAddress(packet.ciaddr) ?? this.#byAddress(parseAddress(arrival.source.address));
    if (known !== null) return [this.#segment(known, packet.ciaddr)];
    return this.#guess(packet, arrival.from).map((one) => this.#segment(one, packet.ciaddr));
  }

  /** The machine has taken what was offered there. */
  settled(mac: string, link: Link): void {
    this.#homes.delete(mac);
    this.#homes.set(mac, { link, tried: false });
    for (const oldest of this.#homes.keys()) {
      if (this.#homes.size <= KEPT) break;
      this.#homes.delete(oldest);
    }
  }

  #guess(packet: DhcpPacket, from: readonly Link[]): readonly Link[] {
    const home = this.#homes.get(packet.mac);
    if (packet.type !== "DISCOVER" || home === undefined || !from.includes(home.link)) return from;
    if (home.tried) {
      this.#homes.delete(packet.mac);
      return from;
    }
    home.tried = true;
    return [home.link];
  }

  #relayed({ packet, link }: Arrival): readonly Segment[] {
    const through = link ?? this.#byAddress(packet.giaddr) ?? this.#links[0];
    if (through === undefined || this.#links.some((one) => one.address.value === packet.giaddr.value)) return [];
    const wanted = selectedSubnet(packet) ?? packet.giaddr;
    return [{ link: through, relay: packet.giaddr, pool: this.#poolFor(wanted) }];
  }

  /** A renewal may come through a router from a network that a relay serves: its own address says which pool. */
  #segment(link: Link, ciaddr: Address): Segment {
    const pool = (ciaddr.value === 0n ? null : this.#poolFor(ciaddr)) ?? this.#poolFor(link.address);
    return { link, relay: null, pool };
  }

  #poolFor(address: Address): Pool | null {
    return this.#pools.find((pool) => contains(pool.network, address)) ?? null;
  }

  #byAddress(address: Address | null): Link | null {
    if (address === null || address.value === 0n) return null;
    return this.#links.find((link) => contains(link.network, address)) ?? null;
  }
}

/** RFC 3527 link selection of the relay, else RFC 3011 subnet selection. */
function selectedSubnet(packet: DhcpPacket): Address | null {
  const relay = packet.options.get(OPTION.relayAgent);
  const selection = relay === undefined ? undefined : readSubOptions(relay).get(5);
  if (selection?.length === 4) return fromBytes(selection);
  return addressOption(packet, OPTION.subnetSelection);
}
