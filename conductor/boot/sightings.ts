/** Which machine speaks from an address: what DHCP saw, the leases, and the kernel's neighbour table. */
import { readFile } from "node:fs/promises";
import { normalizeMac } from "../../boot/address.ts";
import type { LeaseStore } from "../../db/contract.ts";

const KEPT = 4096;

export class Sightings {
  readonly #byAddress = new Map<string, string>();
  readonly #leases: Pick<LeaseStore, "list">;
  readonly #neighbour: (address: string) => Promise<string | null>;

  constructor(leases: Pick<LeaseStore, "list">, neighbour: (address: string) => Promise<string | null> = neighbourMac) {
    this.#leases = leases;
    this.#neighbour = neighbour;
  }

  seen(mac: string, address: string): void {
    this.#byAddress.delete(address);
    this.#byAddress.set(address, mac);
    for (const oldest of this.#byAddress.keys()) {
      if (this.#byAddress.size <= KEPT) break;
      this.#byAddress.delete(oldest);
    }
  }

  /** The neighbour table first: it is what the wire says now. Behind a relay there is none, then the lease counts. */
  async macOf(address: string): Promise<string | null> {
    const neighbour = await this.#neighbour(address);
    if (neighbour !== null) return neighbour;
    const leased = (await this.#leases.list()).find((lease) => lease.address === address);
    return leased?.mac ?? this.#byAddress.get(address) ?? null;
  }
}

/** Linux's ARP table: address, hardware type, flags (2: complete), MAC, mask, device (proc(5)). */
export async function neighbourMac(address: string): Promise<string | null> {
  const table = await readFile("/proc/net/arp", "latin1").catch(() => "");
  for (const line of table.split("\n").slice(1)) {
    const [host, , flags, mac = ""] = line.trim().split(/\s+/);
    if (host === address && (Number(flags) & 2) !== 0) return normalizeMac(mac);
  }
  return null;
}
