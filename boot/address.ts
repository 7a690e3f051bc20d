/**
 * IP addresses and networks of both families as values. Everything in the boot services that computes with an address
 * (pools, subnets, broadcasts) does it here; text appears only at the borders.
 */
import ipaddr from "ipaddr.js";

export interface Address {
  readonly family: 4 | 6;
  /** The address as one number: 32 or 128 bits. */
  readonly value: bigint;
}

/** An address with the length of its network's prefix; `address` may be a host in it. */
export interface Network {
  readonly address: Address;
  readonly prefix: number;
}

/** Null for what is no address. IPv4 must be four decimal parts: octal and short forms are refused. */
export function parseAddress(text: string): Address | null {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) return fromBytes(ipaddr.IPv4.parse(text).toByteArray());
  const bare = text.split("%")[0] ?? "";
  if (!bare.includes(":") || !ipaddr.IPv6.isValid(bare)) return null;
  const v6 = ipaddr.IPv6.parse(bare);
  return fromBytes(v6.isIPv4MappedAddress() ? v6.toIPv4Address().toByteArray() : v6.toByteArray());
}

/** @throws RangeError for other lengths than 4 and 16 */
export function fromBytes(bytes: ArrayLike<number>): Address {
  if (bytes.length !== 4 && bytes.length !== 16)
    throw new RangeError(`an address has 4 or 16 bytes, not ${bytes.length}`);
  let value = 0n;
  for (const byte of Array.from(bytes)) value = (value << 8n) | BigInt(byte);
  return { family: bytes.length === 4 ? 4 : 6, value };
}

export function toBytes(address: Address): number[] {
  const count = address.family === 4 ? 4 : 16;
  return Array.from({ length: count }, (_, at) => Number((address.value >> BigInt(8 * (count - 1 - at))) & 0xffn));
}

export function formatAddress(address: Address): string {
  return ipaddr.fromByteArray(toBytes(address)).toString();
}

/** `address:port`, with brackets around IPv6. */
export function hostAndPort(address: string, port: number): string {
  return parseAddress(address)?.family === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

const width = (family: 4 | 6) => (family === 4 ? 32 : 128);
const hostBits = (network: Network) => BigInt(width(network.address.family) - network.prefix);

/** `address/prefix`; null for what is no network. */
export function parseNetwork(text: string): Network | null {
  const [host = "", prefix = ""] = text.split("/");
  const address = parseAddress(host);
  if (address === null || !/^\d{1,3}$/.test(prefix) || Number(prefix) > width(address.family)) return null;
  return { address, prefix: Number(prefix) };
}

/** The network of an interface's address and netmask as the operating system gives them. */
export function networkOf(host: string, netmask: string): Network | null {
  const address = parseAddress(host);
  const mask = parseAddress(netmask);
  if (address === null || mask === null || address.family !== mask.family) return null;
  const prefix = mask.value.toString(2).split("1").length - 1;
  return { address, prefix };
}

export function contains(network: Network, address: Address): boolean {
  const bits = hostBits(network);
  return address.family === network.address.family && address.value >> bits === network.address.value >> bits;
}

export function sameNetwork(one: Network, other: Network): boolean {
  return one.prefix === other.prefix && contains(one, other.address);
}

/** All host bits set. IPv6 has no broadcast: null. */
export function broadcastOf(network: Network): Address | null {
  if (network.address.family === 6) return null;
  return { family: 4, value: network.address.value | ((1n << hostBits(network)) - 1n) };
}

export function netmaskOf(network: Network): Address {
  const all = (1n << BigInt(width(network.address.family))) - 1n;
  return { family: network.address.family, value: (all >> hostBits(network)) << hostBits(network) };
}

export function isUnspecified(address: Address): boolean {
  return address.value === 0n;
}

export const UNSPECIFIED: Address = { family: 4, value: 0n };
export const LIMITED_BROADCAST: Address = { family: 4, value: 0xffffffffn };

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/;

/** Lower case with colons, from any usual writing; null for what is no MAC address. */
export function normalizeMac(text: string): string | null {
  const mac = text.trim().toLowerCase().replaceAll("-", ":");
  return MAC.test(mac) ? mac : null;
}
