/** The disks of this machine: lsblk for the list, udev for serial numbers and WWNs. */
import { readdir, readFile, realpath } from "node:fs/promises";
import { basename } from "node:path";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import type { Disk } from "../hardware-managers/contract.ts";
import { runProgram, tryProgram } from "../run-program.ts";
import { flagOf, listOf, numberOf, parseObject, textOf } from "../wire.ts";

const COLUMNS = "KNAME,PATH,MODEL,SIZE,ROTA,TYPE,RO,RM,LOG-SEC,PHY-SEC,HCTL,TRAN,SERIAL,WWN,VENDOR";

/** Whole disks that can be written and stay in the machine; in the kernel's order. */
export async function listBlockDisks(): Promise<readonly Disk[]> {
  const output = await runProgram("lsblk", ["--json", "--bytes", "--nodeps", "--output", COLUMNS], { timeout: 30_000 });
  const rows = listOf(parseObject(output, "lsblk output"), "blockdevices").filter(isJsonObject).filter(isUsable);
  const paths = await byPath();
  return Promise.all(rows.map(async (row) => diskOf(row, await udevProperties(textOf(row, "path") ?? ""), paths)));
}

function isUsable(row: JsonObject): boolean {
  const type = textOf(row, "type");
  if (type !== "disk" && type !== null && !type.startsWith("raid")) return false;
  const name = textOf(row, "kname") ?? "";
  // Memory, network and optical devices call themselves disks too; virtual media are removable.
  if (/^(ram|zram|nbd|fd|sr|loop)\d/.test(name)) return false;
  if (flagOf(row, "ro") || row.ro === 1 || flagOf(row, "rm") || row.rm === 1) return false;
  return (numberOf(row, "size") ?? 0) > 0;
}

export function diskOf(row: JsonObject, udev: ReadonlyMap<string, string>, paths: ReadonlyMap<string, string>): Disk {
  const name = textOf(row, "path") ?? `/dev/${textOf(row, "kname") ?? ""}`;
  const wwn = udev.get("ID_WWN") ?? textOf(row, "wwn");
  const extension = udev.get("ID_WWN_VENDOR_EXTENSION") ?? null;
  return {
    name,
    model: (textOf(row, "model") ?? udev.get("ID_MODEL") ?? "").trim(),
    size: numberOf(row, "size") ?? 0,
    rotational: flagOf(row, "rota"),
    wwn,
    serial: udev.get("ID_SERIAL_SHORT") ?? textOf(row, "serial") ?? udev.get("ID_SERIAL") ?? null,
    vendor: textOf(row, "vendor")?.trim() ?? udev.get("ID_VENDOR") ?? null,
    wwn_with_extension: udev.get("ID_WWN_WITH_EXTENSION") ?? wwn,
    wwn_vendor_extension: extension,
    hctl: textOf(row, "hctl"),
    by_path: paths.get(name) ?? null,
    logical_sectors: numberOf(row, "log-sec") ?? 512,
    physical_sectors: numberOf(row, "phy-sec") ?? 512,
    tran: textOf(row, "tran"),
  };
}

async function udevProperties(path: string): Promise<ReadonlyMap<string, string>> {
  const output = await tryProgram("udevadm", ["info", "--query=property", `--name=${path}`]);
  const found = new Map<string, string>();
  for (const line of output?.split("\n") ?? []) {
    const at = line.indexOf("=");
    if (at > 0) found.set(line.slice(0, at), line.slice(at + 1));
  }
  return found;
}

async function byPath(): Promise<ReadonlyMap<string, string>> {
  const folder = "/dev/disk/by-path";
  const found = new Map<string, string>();
  for (const name of await readdir(folder).catch(() => [])) {
    const target = await realpath(`${folder}/${name}`).catch(() => null);
    if (target !== null && !found.has(target)) found.set(target, `${folder}/${name}`);
  }
  return found;
}

/** Whether the device takes discards. */
export async function takesDiscard(path: string): Promise<boolean> {
  const limit = await readFile(`/sys/class/block/${basename(path)}/queue/discard_max_bytes`, "utf8").catch(() => "0");
  return Number(limit) > 0;
}
