/** A DHCP server on doubles, on one network or two, and what its tests ask and look for. */
import assert from "node:assert/strict";
import { formatAddress } from "../../../../boot/address.ts";
import type { Reply } from "../../../../boot/dhcp/answers.ts";
import { OPTION } from "../../../../boot/dhcp/options.ts";
import type { DhcpPacket } from "../../../../boot/dhcp/packet.ts";
import { parsePool } from "../../../../boot/dhcp/pools.ts";
import { Responder, type ResponderOptions } from "../../../../boot/dhcp/responder.ts";
import type { Link } from "../../../../boot/dhcp/segments.ts";
import { ipxePlan, MemoryLeases, RecordedEvents, TableResolver } from "../doubles.ts";
import { ip, MAC, packet } from "./packets.ts";

export const linkA: Link = {
  interface: "a",
  address: ip("10.1.0.1"),
  network: { address: ip("10.1.0.1"), prefix: 24 },
};
export const linkB: Link = {
  interface: "b",
  address: ip("10.2.0.1"),
  network: { address: ip("10.2.0.1"), prefix: 24 },
};
export const poolA = "10.1.0.100-10.1.0.199/24@10.1.0.1";
export const poolB = "10.2.0.100-10.2.0.199/24@10.2.0.1";

export function server(pools: readonly string[] = [poolA], options: Partial<ResponderOptions> = {}) {
  const resolver = new TableResolver();
  const leases = new MemoryLeases();
  const events = new RecordedEvents();
  const clock = { ms: 0 };
  const responder = new Responder({
    links: [linkA],
    pools: pools.map(parsePool),
    dns: [ip("10.1.0.53")],
    leaseSeconds: 600,
    serverAddress: null,
    ports: { server: 67, client: 68 },
    resolver,
    leases,
    events,
    now: () => clock.ms,
    ...options,
  });
  const source = { address: "0.0.0.0", port: 68 };
  const ask = (given: DhcpPacket, link: Link | null = linkA) =>
    responder.respond({ packet: given, link, from: link === null ? (options.links ?? [linkA]) : [link], source });
  resolver.know(MAC, ipxePlan);
  return { resolver, leases, events, clock, responder, ask };
}

export const only = (replies: readonly Reply[]): Reply => {
  assert.equal(replies.length, 1);
  return replies[0] ?? assert.fail("a reply");
};
export const address = (option: number, value: string) => ({ [option]: Buffer.from(value.split(".").map(Number)) });
export const yiaddr = (reply: Reply) => formatAddress(reply.packet.yiaddr);
export const request = (offer: Reply) =>
  packet("REQUEST", {
    ...address(OPTION.requestedAddress, yiaddr(offer)),
    ...address(OPTION.serverId, formatAddress(offer.segment.link.address)),
  });
