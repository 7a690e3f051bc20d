/** What is worth reading after a failure: kernel log, disks, network, firmware. Secrets of the command line are masked. */
import { readFile } from "node:fs/promises";
import { MASK } from "../../common/secrets.ts";
import { tryProgram } from "../run-program.ts";

const PROGRAMS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  dmesg: ["dmesg"],
  lsblk: ["lsblk", "--all", "-o", "NAME,SIZE,TYPE,FSTYPE,LABEL,PARTLABEL,SERIAL,WWN,MODEL,MOUNTPOINT"],
  blkid: ["blkid"],
  ip_addr: ["ip", "addr"],
  ip_route: ["ip", "route"],
  efibootmgr: ["efibootmgr", "-v"],
  lspci: ["lspci", "-nn"],
  dmidecode: ["dmidecode"],
  ps: ["ps"],
  df: ["df", "-h"],
};

export async function collectSystemLogs(): Promise<Readonly<Record<string, string>>> {
  const files: Record<string, string> = {};
  for (const [name, [program, ...args]] of Object.entries(PROGRAMS)) {
    const text = await tryProgram(program, args, 10_000);
    if (text !== null) files[name] = text.slice(-1_000_000);
  }
  for (const path of ["meminfo", "mounts", "modules", "partitions"]) {
    files[path] = await readFile(`/proc/${path}`, "utf8").catch(() => "");
  }
  files.cmdline = maskCommandLine(await readFile("/proc/cmdline", "utf8").catch(() => ""));
  return files;
}

export function maskCommandLine(text: string): string {
  return text.replace(/((?:token|password|secret)[^=\s]*=)\S+/gi, `$1${MASK}`);
}
