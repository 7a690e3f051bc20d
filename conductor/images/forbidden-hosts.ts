/** Addresses that image downloads must not reach, checked on the address that the connection really uses. */
import { type LookupAddress, type LookupOptions, lookup } from "node:dns";
import type { LookupFunction } from "node:net";
import { type Address, contains, parseAddress, parseNetwork } from "../../boot/address.ts";

const within = (networks: readonly string[]) => {
  const parsed = networks.flatMap((text) => parseNetwork(text) ?? []);
  return (address: Address | null) => address !== null && parsed.some((network) => contains(network, address));
};

/** Clouds serve credentials there (169.254.169.254). */
export const isLinkLocal = within(["169.254.0.0/16", "fe80::/10"]);
export const isLoopback = within(["127.0.0.0/8", "::1/128"]);

/** dns.lookup that fails for names of link-local addresses: what is checked is what is connected to. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  const all: LookupOptions & { all: true } = { ...options, all: true };
  lookup(hostname, all, (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => {
    const bad = found?.find((one) => isLinkLocal(parseAddress(one.address)));
    const problem =
      error ?? (bad === undefined ? null : new Error(`${hostname} is the link-local address ${bad.address}`));
    const first = found?.[0];
    if (problem !== null || first === undefined) callback(problem ?? new Error(`${hostname} has no address`), []);
    else if (options.all === true) callback(null, found);
    else callback(null, first.address, first.family);
  });
};
