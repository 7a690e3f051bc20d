/**
 * IPv4 addresses of the host's interfaces. Node lists an interface only while it has a carrier, and the switch of a rack
 * whose machines are all powered off has none; Linux's routing tables (proc(5)) name the others.
 */
import { readFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { type Address, contains, fromBytes, type Network, networkOf, parseAddress } from "../address.ts";

export interface InterfaceAddress {
  readonly interface: string;
  readonly address: Address;
  readonly network: Network;
}

export interface HostTables {
  readonly interfaces: ReturnType<typeof networkInterfaces>;
  /** /proc/net/route and /proc/net/fib_trie; empty where there are none. */
  readonly routes: string;
  readonly trie: string;
}

export function readHostTables(): HostTables {
  const read = (path: string) => {
    try {
      return readFileSync(path, "latin1");
    } catch {
      return "";
    }
  };
  return { interfaces: networkInterfaces(), routes: read("/proc/net/route"), trie: read("/proc/net/fib_trie") };
}

export function hostAddresses(tables: HostTables = readHostTables()): readonly InterfaceAddress[] {
  const listed = Object.entries(tables.interfaces).flatMap(([name, addresses]) =>
    (addresses ?? [])
      .filter((one) => one.family === "IPv4")
      .flatMap((one) => {
        const network = networkOf(one.address, one.netmask);
        return network === null ? [] : [{ interface: name, address: network.address, network }];
      }),
  );
  const known = new Set(listed.map((one) => one.interface));
  return [...listed, ...routed(tables).filter((one) => !known.has(one.interface))];
}

/** An interface's own network is a route without gateway; its address is a local one inside it. */
function routed({ routes, trie }: HostTables): readonly InterfaceAddress[] {
  const local = [...trie.matchAll(/\|-- (\S+)\n\s+\/32 host LOCAL/g)].flatMap(
    (found) => parseAddress(found[1] ?? "") ?? [],
  );
  const own = new Map(local.map((address) => [address.value, address]));
  return routes
    .split("\n")
    .slice(1)
    .flatMap((line) => {
      const [name = "", destination = "", gateway, , , , , mask = ""] = line.trim().split(/\s+/);
      const [start, bits] = [littleEndian(destination), littleEndian(mask)];
      if (start === null || bits === null || gateway !== "00000000" || bits.value === 0n) return [];
      const prefix = bits.value.toString(2).split("1").length - 1;
      return [...own.values()]
        .filter((address) => contains({ address: start, prefix }, address))
        .map((address) => ({ interface: name, address, network: { address, prefix } }));
    });
}

function littleEndian(hex: string): Address | null {
  return /^[0-9A-F]{8}$/i.test(hex) ? fromBytes([...Buffer.from(hex, "hex")].reverse()) : null;
}
