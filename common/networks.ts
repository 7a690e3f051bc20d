/** Addresses and networks as texts: what belongs to whom, whichever way it is written. */
import { BlockList, isIP } from "node:net";

export const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");

/** Of networks as ADDRESS/PREFIX. An IPv4 address is found in them also when it is written as IPv6 (::ffff:a.b.c.d). */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", prefix = ""] = network.split("/");
    list.addSubnet(address, Number(prefix), familyOf(address));
  }
  return list;
}

/** The eight groups of an IPv6 address; a zone is left out. */
export function ipv6Groups(address: string): readonly number[] {
  const plain = (address.split("%")[0] ?? "").replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_all, ...bytes: string[]) => {
    const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(0, 4).map(Number);
    return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::");
  const groups = (text = "") => (text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16)));
  const [before, after] = [groups(head), groups(tail)];
  const zeros = Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => 0);
  return [...before, ...zeros, ...after];
}

/** Whose requests count together: an IPv4 address, or the /64 that one IPv6 host has to itself. */
export function sourceOf(address: string): string {
  const bare = address.replace(/^::ffff:(?=\d+\.)/i, "");
  if (isIP(bare) !== 6) return bare;
  const network = ipv6Groups(bare).slice(0, 4);
  return `${network.map((group) => group.toString(16)).join(":")}::/64`;
}

export type LocalKind = "loopback" | "link-local" | "metadata";

const LOOPBACK = networkList(["127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"]);
const LINK_LOCAL = networkList(["169.254.0.0/16", "fe80::/10"]);
/** Where clouds hand out credentials beside 169.254.169.254: Amazon's and Google's by IPv6, Alibaba's, Oracle's, Azure's. */
const METADATA = networkList([
  "fd00:ec2::254/128",
  "fd20:ce::254/128",
  ...["100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32"],
]);

/**
 * What an address in text form is to the host that connects to it; null for all others and for names. An IPv4 address
 * counts also where an IPv6 one leads to it: mapped and translated (RFC 6890), NAT64 (RFC 6052), 6to4 (RFC 3056).
 */
export function localKind(address: string): LocalKind | null {
  const bare = address.replace(/^\[|\]$/g, "").split("%")[0] ?? "";
  if (isIP(bare) === 0) return null;
  return kindOf(bare) ?? (isIP(bare) === 6 ? kindOf(embeddedIpv4(bare) ?? "") : null);
}

function kindOf(address: string): LocalKind | null {
  if (address === "") return null;
  const family = familyOf(address);
  if (METADATA.check(address, family)) return "metadata";
  if (LINK_LOCAL.check(address, family)) return "link-local";
  return LOOPBACK.check(address, family) ? "loopback" : null;
}

function embeddedIpv4(address: string): string | null {
  const groups = ipv6Groups(address);
  const starts = (...wanted: readonly number[]) => wanted.every((group, index) => groups[index] === group);
  if (starts(0x2002)) return dotted(groups[1], groups[2]);
  const isTail = starts(0x64, 0xff9b, 0, 0, 0, 0) || starts(0, 0, 0, 0, 0, 0) || starts(0, 0, 0, 0, 0xffff, 0);
  return isTail || starts(0, 0, 0, 0, 0, 0xffff) ? dotted(groups[6], groups[7]) : null;
}

function dotted(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}
