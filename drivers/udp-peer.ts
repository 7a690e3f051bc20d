/** Whom datagrams are exchanged with. Anyone can send to an open port: what comes from elsewhere is no answer. */
import type { RemoteInfo } from "node:dgram";
import { SocketAddress } from "node:net";

export interface Peer {
  /** As `canonical` writes it. */
  readonly address: string;
  readonly family: 4 | 6;
  readonly port: number;
}

export function isFrom(peer: Peer, from: RemoteInfo): boolean {
  return from.port === peer.port && from.address === peer.address;
}

/** An IPv6 address as the system writes it, to be compared with the sender of a packet. A zone stays as it is. */
export function canonical(address: string): string {
  const [plain = address, zone] = address.split("%");
  const written = new SocketAddress({ address: plain, family: "ipv6" }).address;
  return zone === undefined ? written : `${written}%${zone}`;
}
