/**
 * What a DHCP server says to a packet (RFC 2131 section 4.3), without sockets. Only machines that the resolver knows are
 * answered; addresses come from pools alone; a network without a pool gets boot information only (proxyDHCP, PXE 2.1).
 */
import type { EventSink } from "../../common/events.ts";
import { type Address, formatAddress, isUnspecified, parseAddress } from "../address.ts";
import type { BootResolver, KnownMachine, LeaseKeeper } from "../contract.ts";
import { type AnswerSettings, Answers, type Reply } from "./answers.ts";
import { clientOf } from "./boot-files.ts";
import { OPTION } from "./options.ts";
import { addressOption, type DhcpPacket, showAddress } from "./packet.ts";
import { candidatesOf, inPool, type Pool } from "./pools.ts";
import { type Arrival, type Link, type Segment, Segments } from "./segments.ts";

export interface ResponderOptions extends AnswerSettings {
  readonly links: readonly Link[];
  readonly pools: readonly Pool[];
  readonly resolver: BootResolver;
  readonly leases: LeaseKeeper;
  readonly events: EventSink;
  /** Milliseconds. */
  readonly now: () => number;
}

/** Seconds for which an offered address is held for the machine that it was offered to. */
const OFFER_SECONDS = 60;
const DECLINED_MS = 600_000;

export class Responder {
  readonly #options: ResponderOptions;
  readonly #segments: Segments;
  readonly #answers: Answers;
  /** Addresses that somebody else uses (DECLINE), and addresses on offer in several networks at once. */
  readonly #avoid = new Map<string, { mac: string | null; until: number }>();

  constructor(options: ResponderOptions) {
    this.#options = options;
    this.#segments = new Segments(options.links, options.pools);
    this.#answers = new Answers(options);
  }

  /** Replies in the order to be sent; none for machines that are not ours. */
  async respond(arrival: Arrival): Promise<readonly Reply[]> {
    const { packet } = arrival;
    if (packet.op !== "request") return [];
    const machine = await this.#options.resolver.machine(packet.mac);
    if (machine === null) return [];
    const replies = await this.#handle(arrival, machine);
    this.#tell(arrival, machine, replies);
    return replies;
  }

  /** The PXE boot server port (4011): boot information, to where the request came from. */
  async respondOnBootPort(arrival: Arrival & { readonly link: Link }): Promise<readonly Reply[]> {
    const { packet, link, source } = arrival;
    const machine = packet.op === "request" ? await this.#options.resolver.machine(packet.mac) : null;
    const address = parseAddress(source.address);
    if (machine === null || address === null || isUnspecified(address)) return [];
    const reply = this.#answers.bootOnly(packet, "ACK", { link, relay: null, pool: null }, machine);
    const replies = reply === null ? [] : [{ ...reply, to: { address, port: source.port } }];
    this.#options.resolver.seen?.(packet.mac, source.address);
    this.#tell(arrival, machine, replies);
    return replies;
  }

  async #handle(arrival: Arrival, machine: KnownMachine): Promise<readonly Reply[]> {
    const segments = this.#segments.of(arrival);
    const { packet } = arrival;
    switch (packet.type) {
      case "DISCOVER":
        return this.#discover(packet, segments, machine);
      case "REQUEST":
        return this.#collect(segments, (segment) => this.#request(packet, segment, machine));
      case "INFORM":
        return this.#collect(segments, async (segment) => this.#answers.bootOnly(packet, "ACK", segment, machine));
      case "DECLINE":
        await this.#decline(packet, segments);
        return [];
      case "RELEASE":
        if (!isUnspecified(packet.ciaddr) && segments.length > 0)
          await this.#options.leases.release(packet.mac, formatAddress(packet.ciaddr));
        return [];
      default:
        return [];
    }
  }

  async #collect(segments: readonly Segment[], answer: (segment: Segment) => Promise<Reply | null>) {
    const replies: Reply[] = [];
    for (const segment of segments) {
      const reply = await answer(segment);
      if (reply !== null) replies.push(reply);
    }
    return replies;
  }

  async #discover(packet: DhcpPacket, segments: readonly Segment[], machine: KnownMachine) {
    const several = segments.filter((segment) => segment.pool !== null).length > 1;
    return this.#collect(segments, async (segment) => {
      const { pool } = segment;
      if (pool === null) return this.#answers.bootOnly(packet, "OFFER", segment, machine);
      const address = await this.#choose(packet, pool);
      if (address === null) return null;
      if (several) await this.#setAside(packet.mac, address);
      return this.#answers.lease(packet, "OFFER", segment, pool, address, machine);
    });
  }

  /** The keeper holds one address a machine; one that is outside this network is of no use here and given back. */
  async #choose(packet: DhcpPacket, pool: Pool): Promise<Address | null> {
    const { leases } = this.#options;
    const wanted = addressOption(packet, OPTION.requestedAddress);
    const options = {
      wanted:
        wanted !== null && inPool(pool, wanted) && !this.#avoided(packet.mac)(formatAddress(wanted))
          ? formatAddress(wanted)
          : null,
      seconds: OFFER_SECONDS,
    };
    const candidates = () => candidatesOf(pool, packet.mac, this.#avoided(packet.mac));
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const lease = await leases.acquire(packet.mac, candidates, options);
      const address = lease === null ? null : parseAddress(lease.address);
      if (lease === null || address === null) return null;
      if (inPool(pool, address) && !this.#avoided(packet.mac)(lease.address)) return address;
      await leases.release(packet.mac, lease.address);
    }
    return null;
  }

  /** On offer in one of several networks: kept free in memory, for the keeper holds only one address a machine. */
  async #setAside(mac: string, address: Address): Promise<void> {
    const text = formatAddress(address);
    this.#avoid.set(text, { mac, until: this.#options.now() + OFFER_SECONDS * 1000 });
    await this.#options.leases.release(mac, text);
  }

  #avoided(mac: string): (address: string) => boolean {
    const now = this.#options.now();
    for (const [address, entry] of this.#avoid) if (entry.until <= now) this.#avoid.delete(address);
    return (address) => {
      const entry = this.#avoid.get(address);
      return entry !== undefined && entry.mac !== mac;
    };
  }

  async #request(packet: DhcpPacket, segment: Segment, machine: KnownMachine): Promise<Reply | null> {
    const { pool } = segment;
    if (pool === null) return null;
    const chosen = packet.options.has(OPTION.serverId);
    const wanted = isUnspecified(packet.ciaddr) ? addressOption(packet, OPTION.requestedAddress) : packet.ciaddr;
    if (wanted === null) return null;
    const address = formatAddress(wanted);
    if (!inPool(pool, wanted)) {
      const elsewhere = this.#options.pools.some((one) => one !== pool && inPool(one, wanted));
      return chosen || elsewhere
        ? this.#answers.nak(packet, segment, `${address} is not an address of this network`)
        : null;
    }
    if (this.#avoided(packet.mac)(address)) return this.#answers.nak(packet, segment, `${address} is taken`);
    const seconds = this.#options.leaseSeconds;
    if (!(await this.#take(packet.mac, address, seconds)))
      return this.#answers.nak(packet, segment, `${address} is taken`);
    this.#avoid.delete(address);
    if (chosen && segment.relay === null) this.#segments.settled(packet.mac, segment.link);
    this.#options.resolver.seen?.(packet.mac, address);
    return this.#answers.lease(packet, "ACK", segment, pool, wanted, machine);
  }

  async #take(mac: string, address: string, seconds: number): Promise<boolean> {
    const { leases } = this.#options;
    const lease = await leases.acquire(mac, () => [address], { wanted: address, seconds });
    if (lease === null || lease.address === address) return lease !== null;
    await leases.release(mac, lease.address);
    const again = await leases.acquire(mac, () => [address], { wanted: address, seconds });
    return again?.address === address;
  }

  async #decline(packet: DhcpPacket, segments: readonly Segment[]): Promise<void> {
    const refused = addressOption(packet, OPTION.requestedAddress);
    if (refused === null || !segments.some((segment) => segment.pool !== null && inPool(segment.pool, refused))) return;
    const address = formatAddress(refused);
    this.#avoid.set(address, { mac: null, until: this.#options.now() + DECLINED_MS });
    await this.#options.leases.release(packet.mac, address);
  }

  #tell({ packet }: Arrival, machine: KnownMachine, replies: readonly Reply[]): void {
    const client = clientOf(packet);
    const first = replies[0]?.packet;
    this.#options.events.emit(machine.node, {
      type: "boot.packet",
      protocol: "dhcp",
      what: packet.type,
      mac: packet.mac,
      address: showAddress(first?.yiaddr ?? null) ?? showAddress(packet.ciaddr),
      detail: {
        arch: client.boots ? client.arch : null,
        ipxe: client.isIpxe,
        relay: showAddress(packet.giaddr),
        interfaces: replies.map((reply) => reply.segment.link.interface),
        reply: first?.type ?? null,
        // Only the name: the path holds the ticket's token.
        file: first?.file ? (first.file.split("/").at(-1) ?? null) : null,
      },
    });
  }
}
