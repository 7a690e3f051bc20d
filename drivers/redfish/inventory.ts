/** A machine's inventory by Redfish, in the shape of the agent's (contract/agent-api.json). Sources: DSP2046. */
import type { JsonObject } from "../../common/json.ts";
import { bootModeOfSystem } from "./boot-mode.ts";
import { isTrouble } from "./client/redfish-error.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";
import { drivesOf } from "./storage.ts";

export interface Inventory {
  readonly inventory: JsonObject;
  readonly memoryMb: number | null;
  readonly cpus: number | null;
  /** As the API writes it: x86_64, aarch64 and so on. */
  readonly architecture: string | null;
  /** GiB of the smallest drive, where there is one. */
  readonly localGb: number | null;
  /** MAC addresses in lower case, of interfaces that are not switched off. */
  readonly macs: readonly string[];
  readonly bootMode: "bios" | "uefi" | null;
}

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86: "x86_64",
  "x86-64": "x86_64",
  x86_64: "x86_64",
  arm: "aarch64",
  aarch64: "aarch64",
  "arm-a64": "aarch64",
  power: "ppc64le",
};
const GIB = 1024 ** 3;

/** @throws RedfishError */
export async function readInventory(system: System): Promise<Inventory> {
  const { resource } = system;
  const processors = (await optional(resource, "Processors")).filter(
    (one) => (one.text("ProcessorType") ?? "CPU") === "CPU",
  );
  const drives = await disksOf(system);
  const cards = await optional(resource, "EthernetInterfaces");
  const gib = resource.object("MemorySummary").number("TotalSystemMemoryGiB");
  const memoryMb = gib === null ? await memoryOf(resource) : Math.round(gib * 1024);
  const architecture = architectureOf(processors[0]);
  const cpus = threadsOf(resource, processors);
  const bootMode = await bootModeOfSystem(system);
  const sizes = drives.map(({ size }) => size).filter((size) => size > 0);
  return {
    memoryMb,
    cpus,
    architecture,
    localGb: sizes.length === 0 ? null : Math.floor(Math.min(...sizes) / GIB),
    macs: macsOf(cards),
    bootMode,
    inventory: {
      bmc_address: new URL(system.calls.client.bmc.origin).hostname,
      boot: { current_boot_mode: bootMode },
      cpu: {
        architecture,
        count: cpus,
        model_name: processors[0]?.text("Model") ?? null,
        frequency: processors[0]?.number("MaxSpeedMHz") ?? null,
      },
      disks: drives.map((drive) => ({ ...drive })),
      interfaces: cards.map(cardOf),
      memory: { physical_mb: memoryMb },
      system_vendor: {
        manufacturer: resource.text("Manufacturer"),
        product_name: resource.text("Model"),
        serial_number: resource.text("SerialNumber"),
        sku: resource.text("SKU"),
        system_uuid: resource.text("UUID"),
        firmware: { vendor: resource.text("Manufacturer"), version: resource.text("BiosVersion") },
      },
    },
  };
}

/** A collection that a BMC names and does not have is none. */
async function optional(resource: Resource, name: string): Promise<readonly Resource[]> {
  try {
    return await resource.members(name);
  } catch (error) {
    if (isTrouble(error, "missing", "unsupported", "failed")) return [];
    throw error;
  }
}

async function memoryOf(resource: Resource): Promise<number | null> {
  const modules = await optional(resource, "Memory");
  const sum = modules.reduce((all, one) => all + (one.number("CapacityMiB") ?? 0), 0);
  return sum === 0 ? null : sum;
}

function threadsOf(resource: Resource, processors: readonly Resource[]): number | null {
  const summary = resource.object("ProcessorSummary");
  const threads = processors.reduce(
    (all, one) => all + (one.number("TotalThreads") ?? one.number("TotalCores") ?? 0),
    0,
  );
  const told = summary.number("LogicalProcessorCount") ?? (threads > 0 ? threads : null);
  return told ?? summary.number("CoreCount") ?? summary.number("Count");
}

function architectureOf(processor: Resource | undefined): string | null {
  const set = processor?.text("InstructionSet")?.toLowerCase();
  const family = processor?.text("ProcessorArchitecture")?.toLowerCase();
  return ARCHITECTURES[set ?? ""] ?? ARCHITECTURES[family ?? ""] ?? null;
}

interface Disk {
  readonly name: string | null;
  readonly model: string | null;
  readonly serial: string | null;
  readonly vendor: string | null;
  readonly size: number;
  readonly rotational: boolean;
}

async function disksOf(system: System): Promise<readonly Disk[]> {
  const drives = await drivesOf(system);
  if (drives.length > 0) return drives.map((drive) => diskOf(drive, "CapacityBytes"));
  const simple = await optional(system.resource, "SimpleStorage");
  return simple.flatMap((one) => one.objects("Devices")).map((device) => diskOf(device, "CapacityBytes"));
}

function diskOf(drive: Pick<Resource, "text" | "number">, size: string): Disk {
  return {
    name: drive.text("Name"),
    model: drive.text("Model"),
    serial: drive.text("SerialNumber"),
    vendor: drive.text("Manufacturer"),
    size: drive.number(size) ?? 0,
    rotational: drive.text("MediaType") === "HDD",
  };
}

function cardOf(card: Resource): JsonObject {
  return {
    name: card.text("Id"),
    mac_address: macOf(card),
    has_carrier: card.text("LinkStatus") === "LinkUp",
    speed_mbps: card.number("SpeedMbps"),
  };
}

function macsOf(cards: readonly Resource[]): readonly string[] {
  const enabled = cards.filter((card) => {
    const state = card.object("Status").text("State");
    return state === null || state === "Enabled" || state === "StandbyOffline";
  });
  return [...new Set(enabled.map(macOf).filter((mac) => mac !== null))];
}

function macOf(card: Resource): string | null {
  const mac = (card.text("PermanentMACAddress") ?? card.text("MACAddress"))?.toLowerCase().replaceAll("-", ":") ?? "";
  return /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac) && mac !== "00:00:00:00:00:00" ? mac : null;
}
