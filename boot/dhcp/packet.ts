/**
 * DHCP messages as bytes and as values (RFC 2131 section 2). Reading never throws: what is no DHCP request of an
 * Ethernet client is null, and every length is checked against the datagram.
 */
import { type Address, formatAddress, fromBytes, toBytes, UNSPECIFIED } from "../address.ts";
import { OPTION, type Options, readOptions, textOf, writeOptions } from "./options.ts";

export const MESSAGE = {
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
} as const;

export type MessageName = keyof typeof MESSAGE;

export interface DhcpPacket {
  readonly op: "request" | "reply";
  readonly type: MessageName;
  readonly xid: number;
  readonly hops: number;
  readonly secs: number;
  /** The client cannot take unicast yet (RFC 2131 section 4.1). */
  readonly broadcast: boolean;
  readonly ciaddr: Address;
  readonly yiaddr: Address;
  readonly siaddr: Address;
  readonly giaddr: Address;
  /** Lower case with colons. */
  readonly mac: string;
  readonly sname: string;
  readonly file: string;
  readonly options: Options;
}

const HEADER = 236;
const COOKIE = 0x63825363;
/** BOOTP's least size: some relays and ROMs drop shorter ones (RFC 951, RFC 1542 section 2.1). */
const LEAST = 300;
const ETHERNET = 1;
const BROADCAST_FLAG = 0x8000;
const LARGEST = 9000;

const names = new Map<number, MessageName>(
  Object.entries(MESSAGE).map(([name, number]) => [number, name as MessageName]),
);

/** Null: not a DHCP message of an Ethernet client. */
export function decodePacket(bytes: Buffer): DhcpPacket | null {
  if (bytes.length < HEADER + 4 || bytes.length > LARGEST || bytes.readUInt32BE(HEADER) !== COOKIE) return null;
  const op = bytes[0];
  if ((op !== 1 && op !== 2) || bytes[1] !== ETHERNET || bytes[2] !== 6) return null;
  const options = new Map<number, Buffer>();
  readOptions(bytes.subarray(HEADER + 4), options);
  const overload = options.get(OPTION.overload)?.[0] ?? 0;
  // RFC 2131 section 4.1: the options field first, then file, then sname.
  if ((overload & 1) !== 0) readOptions(bytes.subarray(108, 236), options);
  if ((overload & 2) !== 0) readOptions(bytes.subarray(44, 108), options);
  const type = names.get(options.get(OPTION.messageType)?.[0] ?? 0);
  if (type === undefined) return null;
  const addressAt = (at: number) => fromBytes(bytes.subarray(at, at + 4));
  return {
    op: op === 1 ? "request" : "reply",
    type,
    hops: bytes[3] ?? 0,
    xid: bytes.readUInt32BE(4),
    secs: bytes.readUInt16BE(8),
    broadcast: (bytes.readUInt16BE(10) & BROADCAST_FLAG) !== 0,
    ciaddr: addressAt(12),
    yiaddr: addressAt(16),
    siaddr: addressAt(20),
    giaddr: addressAt(24),
    mac: Array.from(bytes.subarray(28, 34), (byte) => byte.toString(16).padStart(2, "0")).join(":"),
    sname: (overload & 2) !== 0 ? "" : textOf(bytes.subarray(44, 108)),
    file: (overload & 1) !== 0 ? "" : textOf(bytes.subarray(108, 236)),
    options,
  };
}

export function encodePacket(packet: DhcpPacket): Buffer {
  const header = Buffer.alloc(HEADER + 4);
  header[0] = packet.op === "request" ? 1 : 2;
  header[1] = ETHERNET;
  header[2] = 6;
  header[3] = packet.hops;
  header.writeUInt32BE(packet.xid, 4);
  header.writeUInt16BE(packet.secs, 8);
  header.writeUInt16BE(packet.broadcast ? BROADCAST_FLAG : 0, 10);
  header.set([packet.ciaddr, packet.yiaddr, packet.siaddr, packet.giaddr].flatMap(toBytes), 12);
  header.set(
    packet.mac.split(":").map((byte) => Number.parseInt(byte, 16)),
    28,
  );
  header.write(packet.sname.slice(0, 63), 44, "latin1");
  // A name too long for the field travels in option 67 alone.
  header.write(packet.file.length > 127 ? "" : packet.file, 108, "latin1");
  header.writeUInt32BE(COOKIE, HEADER);
  const options = new Map<number, Buffer>([[OPTION.messageType, Buffer.from([MESSAGE[packet.type]])]]);
  for (const [code, value] of packet.options) if (code !== OPTION.messageType) options.set(code, value);
  const whole = Buffer.concat([header, writeOptions(options)]);
  return whole.length >= LEAST ? whole : Buffer.concat([whole, Buffer.alloc(LEAST - whole.length)]);
}

/** The address of a four-byte option, null when absent or of another length. */
export function addressOption(packet: DhcpPacket, code: number): Address | null {
  const value = packet.options.get(code);
  return value?.length === 4 ? fromBytes(value) : null;
}

/** The reply's frame: what a reply repeats of its request (RFC 2131 table 3). */
export function replyTo(request: DhcpPacket, type: "OFFER" | "ACK" | "NAK"): DhcpPacket {
  return {
    ...request,
    op: "reply",
    type,
    hops: 0,
    secs: 0,
    ciaddr: type === "ACK" ? request.ciaddr : UNSPECIFIED,
    yiaddr: UNSPECIFIED,
    siaddr: UNSPECIFIED,
    sname: "",
    file: "",
    options: new Map(),
  };
}

export const showAddress = (address: Address | null): string | null =>
  address === null || address.value === 0n ? null : formatAddress(address);
