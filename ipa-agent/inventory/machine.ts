/** CPU, memory, vendor, firmware mode and PCI devices of this machine, from /proc and /sys. */

import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { arch } from "node:os";
import type { Json, JsonObject } from "../../common/json.ts";
import { tryProgram } from "../run-program.ts";
import { readText } from "./sysfs.ts";

const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: "x86_64",
  arm64: "aarch64",
  ppc64: "ppc64le",
  s390x: "s390x",
};

export async function readCpu(): Promise<JsonObject> {
  const info = (await readText("/proc/cpuinfo")) ?? "";
  const value = (key: RegExp) => key.exec(info)?.[1]?.trim() ?? null;
  const count = info.match(/^processor\s*:/gm)?.length ?? 0;
  const sockets = new Set([...info.matchAll(/^physical id\s*:\s*(\d+)/gm)].map((match) => match[1])).size;
  const fastest = Number(await readText("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"));
  const frequency = fastest > 0 ? (fastest / 1000).toFixed(3) : value(/^cpu MHz\s*:\s*(.+)$/m);
  return {
    model_name: value(/^(?:model name|Model|cpu)\s*:\s*(.+)$/m) ?? "",
    frequency: frequency ?? "",
    count,
    architecture: ARCHITECTURES[arch()] ?? arch(),
    flags: (value(/^(?:flags|Features)\s*:\s*(.+)$/m) ?? "").split(/\s+/).filter((flag) => flag !== ""),
    socket_count: Math.max(sockets, 1),
  };
}

export async function readMemory(): Promise<JsonObject> {
  const total = (await meminfo("MemTotal")) * 1024;
  return { total, physical_mb: (await installedMebibytes()) ?? Math.ceil(total / 1048576) };
}

/** Kibibytes of a line of /proc/meminfo. */
export async function meminfo(name: string): Promise<number> {
  const text = (await readText("/proc/meminfo")) ?? "";
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(text)?.[1] ?? 0);
}

/** What is plugged in, by the firmware's tables; MemTotal lacks what the kernel keeps for itself. */
async function installedMebibytes(): Promise<number | null> {
  const output = await tryProgram("dmidecode", ["--type", "17"]);
  let sum = 0;
  for (const match of output?.matchAll(/^\s+Size: (\d+) (MB|GB|TB)/gm) ?? []) {
    sum += Number(match[1]) * ({ GB: 1024, TB: 1048576 }[match[2] ?? ""] ?? 1);
  }
  return sum > 0 ? sum : null;
}

export async function readVendor(): Promise<JsonObject> {
  const dmi = (name: string) => readText(`/sys/class/dmi/id/${name}`);
  return {
    product_name: (await dmi("product_name")) ?? "",
    serial_number: (await dmi("product_serial")) ?? "",
    manufacturer: (await dmi("sys_vendor")) ?? "",
    firmware: {
      vendor: (await dmi("bios_vendor")) ?? "",
      version: (await dmi("bios_version")) ?? "",
      build_date: (await dmi("bios_date")) ?? "",
    },
  };
}

export async function readBootMode(): Promise<"bios" | "uefi"> {
  return existsSync("/sys/firmware/efi") ? "uefi" : "bios";
}

export async function readPciDevices(): Promise<readonly Json[]> {
  const root = "/sys/bus/pci/devices";
  const devices: Json[] = [];
  for (const slot of (await readdir(root).catch(() => [])).sort()) {
    const value = async (name: string) => ((await readText(`${root}/${slot}/${name}`)) ?? "").replace(/^0x/, "");
    devices.push({
      vendor_id: await value("vendor"),
      product_id: await value("device"),
      class: await value("class"),
      revision: await value("revision"),
      bus: slot,
    });
  }
  return devices;
}
