/** The generic hardware manager: any Linux machine, through the kernel's files and the ramdisk's few tools. */
import { hostname } from "node:os";
import { setBootEntry } from "../boot-entry/efi-boot-manager.ts";
import { kernelDisk } from "../disk/kernel-disk.ts";
import { readBmc } from "../inventory/bmc.ts";
import { listBlockDisks } from "../inventory/disks.ts";
import { listNetworkInterfaces } from "../inventory/interfaces.ts";
import { meminfo, readBootMode, readCpu, readMemory, readPciDevices, readVendor } from "../inventory/machine.ts";
import { collectSystemLogs } from "../logs/system-logs.ts";
import { setRescuePassword } from "../rescue-access.ts";
import { runProgram } from "../run-program.ts";
import { genericSteps } from "../steps/generic-steps.ts";
import type { HardwareManager, HardwareMethods } from "./contract.ts";

const MEBIBYTE = 1024 * 1024;
/** Memory that stays for the agent, qemu-img and the kernel while an image is kept. */
const MEMORY_RESERVE = 192 * MEBIBYTE;

const ANSWER_LEAVES_MS = 300;

export function genericManager(): HardwareManager {
  const methods: HardwareMethods = {
    listDisks: listBlockDisks,
    listInterfaces: listNetworkInterfaces,
    openDisk: async (disk) => kernelDisk(disk),
    cpu: readCpu,
    memory: readMemory,
    bmc: () => readBmc(),
    systemVendor: readVendor,
    bootMode: readBootMode,
    hostname: async () => hostname(),
    pciDevices: readPciDevices,
    availableMemory: async () => Math.max(0, (await meminfo("MemAvailable")) * 1024 - MEMORY_RESERVE),
    power: async (action) => {
      // A ramdisk has nothing to shut down in order: what must stay is on the disk, and is synced. The pause lets the
      // answer to the command leave the machine.
      await new Promise((leave) => setTimeout(leave, ANSWER_LEAVES_MS));
      await runProgram("busybox", [action === "reboot" ? "reboot" : "poweroff", "-f"], { timeout: 30_000 });
    },
    sync: async () => void (await runProgram("sync", [], { timeout: 600_000 })),
    setBootEntry,
    setRescuePassword,
    takeNetworkDown: async () => {
      for (const { name } of await listNetworkInterfaces()) {
        await runProgram("ip", ["link", "set", "dev", name, "down"], { timeout: 30_000 });
      }
    },
    systemLogs: collectSystemLogs,
  };
  return { name: "GenericHardwareManager", version: "1.0", methods, steps: genericSteps, support: async () => 1 };
}
