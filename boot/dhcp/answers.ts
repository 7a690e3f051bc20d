/** The contents of replies: addresses and their options, boot information, and what is repeated of the request. */
import { type Address, broadcastOf, formatAddress, LIMITED_BROADCAST, netmaskOf, toBytes } from "../address.ts";
import type { KnownMachine } from "../contract.ts";
import { bootFileFor, clientOf } from "./boot-files.ts";
import { OPTION, uint32 } from "./options.ts";
import { type DhcpPacket, replyTo } from "./packet.ts";
import type { Pool } from "./pools.ts";
import type { Segment } from "./segments.ts";

export interface Reply {
  readonly packet: DhcpPacket;
  readonly segment: Segment;
  /** 255.255.255.255 stands for the link's own broadcast. */
  readonly to: { readonly address: Address; readonly port: number };
}

export interface AnswerSettings {
  readonly dns: readonly Address[];
  readonly leaseSeconds: number;
  /** In place of the link's own address, for machines that reach the server under another one. */
  readonly serverAddress: Address | null;
  readonly ports: { readonly server: number; readonly client: number };
}

/** PXE_DISCOVERY_CONTROL (PXE 2.1, table 2-4): bit 3, boot the named file without asking for servers. */
const USE_BOOT_FILE = Buffer.from([6, 1, 8, 255]);
const bytesOf = (address: Address) => Buffer.from(toBytes(address));

export class Answers {
  readonly #settings: AnswerSettings;

  constructor(settings: AnswerSettings) {
    this.#settings = settings;
  }

  lease(
    request: DhcpPacket,
    type: "OFFER" | "ACK",
    segment: Segment,
    pool: Pool,
    address: Address,
    m: KnownMachine,
  ): Reply {
    const options = this.#identity(segment);
    for (const [code, value] of this.#addressOptions(pool)) options.set(code, value);
    if (m.hostname) options.set(OPTION.hostName, Buffer.from(m.hostname, "latin1"));
    const packet = this.#withBoot(replyTo(request, type), options, request, segment, m, false);
    return this.#reply(request, { ...packet, yiaddr: address }, segment);
  }

  /** Boot information without an address; null when there is none to give. */
  bootOnly(request: DhcpPacket, type: "OFFER" | "ACK", segment: Segment, machine: KnownMachine): Reply | null {
    const client = clientOf(request);
    if (!client.boots || machine.boot === null || bootFileFor(client, machine.boot) === null) return null;
    const options = this.#identity(segment);
    const packet = this.#withBoot(replyTo(request, type), options, request, segment, machine, true);
    return this.#reply(request, packet, segment);
  }

  nak(request: DhcpPacket, segment: Segment, why: string): Reply {
    const options = this.#identity(segment);
    options.set(OPTION.message, Buffer.from(why, "latin1"));
    repeat(request, options);
    // RFC 2131 section 4.3.2: through a relay with the broadcast flag, for the client may have no address on that link.
    return this.#reply(request, { ...replyTo(request, "NAK"), broadcast: true, options }, segment);
  }

  #identity(segment: Segment): Map<number, Buffer> {
    return new Map([[OPTION.serverId, bytesOf(segment.link.address)]]);
  }

  #addressOptions(pool: Pool): [number, Buffer][] {
    const { leaseSeconds, dns } = this.#settings;
    const options: [number, Buffer][] = [
      [OPTION.leaseTime, uint32(leaseSeconds)],
      [OPTION.renewalTime, uint32(Math.floor(leaseSeconds / 2))],
      [OPTION.rebindingTime, uint32(Math.floor((leaseSeconds * 7) / 8))],
      [OPTION.subnetMask, bytesOf(netmaskOf(pool.network))],
    ];
    const broadcast = broadcastOf(pool.network);
    if (broadcast !== null) options.push([OPTION.broadcast, bytesOf(broadcast)]);
    if (pool.gateway !== null) options.push([OPTION.router, bytesOf(pool.gateway)]);
    if (dns.length > 0) options.push([OPTION.dns, Buffer.concat(dns.map(bytesOf))]);
    return options;
  }

  #withBoot(
    reply: DhcpPacket,
    options: Map<number, Buffer>,
    request: DhcpPacket,
    segment: Segment,
    machine: KnownMachine,
    proxy: boolean,
  ): DhcpPacket {
    const client = clientOf(request);
    const file = machine.boot === null || !client.boots ? null : bootFileFor(client, machine.boot);
    const server = this.#settings.serverAddress ?? segment.link.address;
    if (file !== null) {
      options.set(OPTION.tftpServer, Buffer.from(formatAddress(server)));
      options.set(OPTION.bootFile, Buffer.from(file, "latin1"));
      if (client.isHttp) options.set(OPTION.vendorClass, Buffer.from("HTTPClient"));
      else if (proxy) {
        options.set(OPTION.vendorClass, Buffer.from("PXEClient"));
        options.set(OPTION.vendorSpecific, USE_BOOT_FILE);
      }
    }
    repeat(request, options);
    return { ...reply, ...(file === null ? {} : { siaddr: server, file }), options };
  }

  /** Destination by RFC 2131 section 4.1; without raw sockets a client that has no address yet is reached by broadcast. */
  #reply(request: DhcpPacket, packet: DhcpPacket, segment: Segment): Reply {
    const { server, client } = this.#settings.ports;
    if (segment.relay !== null) return { packet, segment, to: { address: segment.relay, port: server } };
    if (packet.type !== "NAK" && request.ciaddr.value !== 0n)
      return { packet, segment, to: { address: request.ciaddr, port: client } };
    return { packet, segment, to: { address: LIMITED_BROADCAST, port: client } };
  }
}

/** RFC 6842 client identifier, RFC 4578 machine identifier, and last RFC 3046 relay information. */
function repeat(request: DhcpPacket, options: Map<number, Buffer>): void {
  for (const code of [OPTION.clientId, OPTION.machineId, OPTION.relayAgent]) {
    const value = request.options.get(code);
    if (value !== undefined) options.set(code, value);
  }
}
