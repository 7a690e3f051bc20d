/** The network interfaces with hardware behind them (and virtio in machines that are virtual). */
import { readdir, realpath } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { NetworkInterface } from "../hardware-managers/contract.ts";
import { linkName, readText } from "./sysfs.ts";

const ROOT = "/sys/class/net";

export async function listNetworkInterfaces(): Promise<readonly NetworkInterface[]> {
  const names = await readdir(ROOT).catch(() => []);
  const found: NetworkInterface[] = [];
  for (const name of names.sort()) {
    // Only devices of a bus: bridges, bonds, VLANs and the loop have none.
    if ((await linkName(`${ROOT}/${name}/device`)) === null) continue;
    const mac = await readText(`${ROOT}/${name}/address`);
    if (mac !== null && /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac)) found.push(await describe(name, mac));
  }
  return found;
}

async function describe(name: string, mac: string): Promise<NetworkInterface> {
  const addresses = networkInterfaces()[name] ?? [];
  const speed = Number(await readText(`${ROOT}/${name}/speed`));
  return {
    name,
    mac_address: mac,
    ipv4_address: addresses.find((item) => item.family === "IPv4")?.address ?? null,
    ipv6_address: pickIpv6(addresses.filter((item) => item.family === "IPv6").map((item) => item.address)),
    has_carrier: (await readText(`${ROOT}/${name}/carrier`)) === "1",
    lldp: [],
    vendor: await readText(`${ROOT}/${name}/device/vendor`),
    product: await readText(`${ROOT}/${name}/device/device`),
    client_id: null,
    biosdevname: null,
    speed_mbps: Number.isFinite(speed) && speed > 0 ? speed : null,
    pci_address: await pciAddress(name),
    driver: await linkName(`${ROOT}/${name}/device/driver`),
  };
}

/** The slot of the card; a virtio device hangs below its own. */
async function pciAddress(name: string): Promise<string | null> {
  const path = await realpath(`${ROOT}/${name}/device`).catch(() => "");
  return path.match(/[0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]/g)?.at(-1) ?? null;
}

/** A routed address before a link-local one. */
function pickIpv6(addresses: readonly string[]): string | null {
  return addresses.find((address) => !address.startsWith("fe80:")) ?? addresses[0] ?? null;
}
