/** Address pools as the configuration writes them: `first-last/prefix[@gateway]`. */
import { createHash } from "node:crypto";
import { BootServiceFailed } from "../../common/errors/boot.ts";
import {
  type Address,
  broadcastOf,
  contains,
  formatAddress,
  type Network,
  netmaskOf,
  parseAddress,
} from "../address.ts";

export interface Pool {
  readonly first: Address;
  readonly last: Address;
  readonly network: Network;
  readonly gateway: Address | null;
}

/** @throws BootServiceFailed naming the pool and what is wrong with it */
export function parsePool(text: string): Pool {
  const refuse = (why: string) =>
    BootServiceFailed({
      service: "DHCP",
      reason: `[boot]dhcp_pools "${text}": ${why}; expected first-last/prefix[@gateway]`,
    });
  const [range = "", gatewayText] = text.split("@");
  const parts = /^([^-/]+)-([^-/]+)\/(\d{1,2})$/.exec(range.trim());
  const first = parseAddress(parts?.[1]?.trim() ?? "");
  const last = parseAddress(parts?.[2]?.trim() ?? "");
  if (first === null || last === null) throw refuse("not a range of addresses");
  if (first.family !== 4 || last.family !== 4) throw refuse("DHCP version 4 needs IPv4 addresses");
  const prefix = Number(parts?.[3]);
  if (prefix < 1 || prefix > 31) throw refuse(`prefix ${prefix} is not between 1 and 31`);
  const network = { address: first, prefix };
  if (!contains(network, last)) throw refuse("first and last address are not in one network");
  if (last.value < first.value) throw refuse("the last address is below the first");
  const gateway = gatewayText === undefined ? null : parseAddress(gatewayText.trim());
  if (gatewayText !== undefined && (gateway === null || !contains(network, gateway)))
    throw refuse(`gateway "${gatewayText}" is not an address of this network`);
  return { first, last, network, gateway };
}

export function inPool(pool: Pool, address: Address): boolean {
  return address.family === pool.first.family && address.value >= pool.first.value && address.value <= pool.last.value;
}

/**
 * The pool's addresses, starting at a place that depends on the MAC alone: a machine gets the same address again after
 * its lease is gone, as long as nobody else took it. Network, broadcast and `except` are left out.
 */
export function* candidatesOf(pool: Pool, mac: string, except: (address: string) => boolean): Generator<string> {
  const size = pool.last.value - pool.first.value + 1n;
  const start = BigInt(`0x${createHash("sha256").update(mac).digest("hex").slice(0, 12)}`) % size;
  const reserved = new Set([
    pool.network.address.value & netmaskOf(pool.network).value,
    broadcastOf(pool.network)?.value,
  ]);
  if (pool.gateway !== null) reserved.add(pool.gateway.value);
  for (let at = 0n; at < size; at += 1n) {
    const value = pool.first.value + ((start + at) % size);
    if (reserved.has(value)) continue;
    const text = formatAddress({ family: 4, value });
    if (!except(text)) yield text;
  }
}
