/**
 * A hardware manager whose machine is a folder: disks are plain files, power off ends the process. With it the real agent
 * runs on any machine without root and without a virtual machine.
 */
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { JsonObject } from "../../common/json.ts";
import type {
  BlockDevice,
  Disk,
  HardwareManager,
  HardwareMethods,
} from "../../ipa-agent/hardware-managers/contract.ts";

export interface FileDisk {
  /** Device name as the inventory shows it, for example sda. */
  readonly name: string;
  readonly serial: string;
  /** Bytes; the file is sparse. */
  readonly size: number;
  readonly wwn?: string;
  readonly model?: string;
  readonly rotational?: boolean;
}

export interface FileMachine {
  readonly folder: string;
  readonly macs: readonly string[];
  readonly disks: readonly FileDisk[];
  readonly bmcAddress?: string;
  readonly bootMode?: "bios" | "uefi";
  readonly cpu?: JsonObject;
  /** MiB. */
  readonly memory?: number;
  /** Milliseconds from the command to the end of the process. */
  readonly powerDelay?: number;
}

export function diskPath(machine: Pick<FileMachine, "folder">, name: string): string {
  return join(machine.folder, `${name}.img`);
}

/** Creates the disks that do not exist yet. */
export async function createFileDisks(machine: FileMachine): Promise<void> {
  for (const disk of machine.disks) {
    const file = await open(diskPath(machine, disk.name), "a+");
    const { size } = await file.stat();
    if (size !== disk.size) await file.truncate(disk.size);
    await file.close();
  }
}

export function fileDisk(path: string, size: number): BlockDevice {
  return {
    path,
    size,
    sectorSize: 512,
    isDevice: false,
    discard: async () => {
      const file = await open(path, "r+");
      await file.truncate(0);
      await file.truncate(size);
      await file.close();
      return true;
    },
    reread: async () => undefined,
  };
}

export function fileDiskManager(machine: FileMachine, exit: (code: number) => void): HardwareManager {
  const disks = machine.disks.map((disk) => inventoryDisk(disk, machine));
  const methods: Partial<HardwareMethods> = {
    listDisks: async () => disks,
    listInterfaces: async () => machine.macs.map(networkInterface),
    openDisk: async (disk) => fileDisk(disk.name, disk.size),
    cpu: async () =>
      machine.cpu ?? {
        model_name: "Simulated",
        frequency: "2000",
        count: 4,
        architecture: "x86_64",
        flags: [],
        socket_count: 1,
      },
    memory: async () => ({ total: (machine.memory ?? 8192) * 1048576, physical_mb: machine.memory ?? 8192 }),
    bmc: async () => ({ bmc_address: machine.bmcAddress ?? null, bmc_v6address: null, bmc_mac: null }),
    systemVendor: async () => ({
      product_name: "Simulated",
      serial_number: "sim-1",
      manufacturer: "ferric",
      firmware: { vendor: "ferric", version: "1", build_date: "01/01/2026" },
    }),
    bootMode: async () => machine.bootMode ?? "bios",
    hostname: async () => "simulated",
    power: async (action) => {
      await writeFile(join(machine.folder, "last-power-action"), action);
      setTimeout(() => exit(0), machine.powerDelay ?? 200);
    },
    sync: async () => undefined,
    setBootEntry: async (entry) => {
      await writeFile(join(machine.folder, "boot-entry.json"), JSON.stringify(entry));
      return true;
    },
    setRescuePassword: async (password, hashed) => {
      await writeFile(join(machine.folder, "rescue.json"), JSON.stringify({ password, hashed }));
    },
    takeNetworkDown: async () => exit(0),
    systemLogs: async () => ({ machine: JSON.stringify({ ...machine, folder: undefined }) }),
  };
  return { name: "FileDiskManager", version: "1", methods, steps: [], support: async () => 3 };
}

function inventoryDisk(disk: FileDisk, machine: FileMachine): Disk {
  return {
    name: diskPath(machine, disk.name),
    model: disk.model ?? "SIMDISK",
    size: disk.size,
    rotational: disk.rotational ?? false,
    wwn: disk.wwn ?? null,
    serial: disk.serial,
    vendor: "ferric",
    wwn_with_extension: disk.wwn ?? null,
    wwn_vendor_extension: null,
    hctl: null,
    by_path: null,
    logical_sectors: 512,
    physical_sectors: 512,
    tran: null,
  };
}

function networkInterface(mac: string, index: number) {
  return {
    name: `eth${index}`,
    mac_address: mac,
    // Of a documentation network: inspection ignores interfaces with a loopback address.
    ipv4_address: `192.0.2.${10 + index}`,
    ipv6_address: null,
    has_carrier: true,
    lldp: [],
    vendor: "0x1af4",
    product: "0x0001",
    client_id: null,
    biosdevname: null,
    speed_mbps: 1000,
    pci_address: null,
    driver: "simulated",
  };
}
