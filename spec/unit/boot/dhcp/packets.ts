/** Requests of clients, for tests. */
import assert from "node:assert/strict";
import { type Address, parseAddress, UNSPECIFIED } from "../../../../boot/address.ts";
import type { DhcpPacket, MessageName } from "../../../../boot/dhcp/packet.ts";

export const MAC = "52:54:00:00:00:01";

export const ip = (text: string): Address => parseAddress(text) ?? assert.fail(`${text} is an address`);

export function packet(
  type: MessageName,
  options: Readonly<Record<number, Buffer>> = {},
  rest: Partial<DhcpPacket> = {},
): DhcpPacket {
  return {
    op: "request",
    type,
    xid: 0x1234,
    hops: 0,
    secs: 0,
    broadcast: false,
    ciaddr: UNSPECIFIED,
    yiaddr: UNSPECIFIED,
    siaddr: UNSPECIFIED,
    giaddr: UNSPECIFIED,
    mac: MAC,
    sname: "",
    file: "",
    options: new Map(Object.entries(options).map(([code, value]) => [Number(code), value])),
    ...rest,
  };
}

/** Options of a network boot client. */
export const pxe = (arch: number, vendor = "PXEClient"): Record<number, Buffer> => ({
  60: Buffer.from(vendor),
  93: Buffer.from([arch >> 8, arch & 255]),
  97: Buffer.from([0, ...Array.from({ length: 16 }, (_, at) => at)]),
});
