/**
 * Chooses the disk to deploy to by root device hints, in the hint language of Ironic (documentation: install, root device
 * hints). Without hints: the smallest disk of at least 4 GiB. Never another disk than the hints say.
 */
import type { Json, JsonObject } from "../common/json.ts";
import { isJsonObject } from "../common/json.ts";
import { deviceNotFound, invalidParams } from "./errors.ts";
import type { Disk } from "./hardware-managers/contract.ts";
import { matches } from "./hint-expression.ts";

const GIBIBYTE = 1024 ** 3;
const SMALLEST = 4 * GIBIBYTE;

/** Value of a disk that a hint is compared with; null: the disk has none and does not match. */
const HINTS: Readonly<
  Record<string, { kind: "text" | "number" | "flag"; of: (disk: Disk) => string | number | boolean | null }>
> = {
  model: { kind: "text", of: (disk) => disk.model },
  vendor: { kind: "text", of: (disk) => disk.vendor },
  serial: { kind: "text", of: (disk) => disk.serial },
  /** GiB. */
  size: { kind: "number", of: (disk) => Math.floor(disk.size / GIBIBYTE) },
  wwn: { kind: "text", of: (disk) => disk.wwn },
  wwn_with_extension: { kind: "text", of: (disk) => disk.wwn_with_extension },
  wwn_vendor_extension: { kind: "text", of: (disk) => disk.wwn_vendor_extension },
  rotational: { kind: "flag", of: (disk) => disk.rotational },
  name: { kind: "text", of: (disk) => disk.name },
  hctl: { kind: "text", of: (disk) => disk.hctl },
  by_path: { kind: "text", of: (disk) => disk.by_path },
};

/** Hints for a node: the instance's own, else the node's properties, else the kernel command line's. */
export function hintsOf(node: JsonObject, commandLine: string | null): JsonObject {
  for (const holder of ["instance_info", "properties"]) {
    const container = node[holder];
    const hints = isJsonObject(container) ? container.root_device : undefined;
    if (isJsonObject(hints) && Object.keys(hints).length > 0) return hints;
  }
  if (commandLine === null) return {};
  const at = commandLine.indexOf("=");
  if (at <= 0)
    throw invalidParams(`root_device=${commandLine} of the kernel command line is not of the form key=value`);
  return { [commandLine.slice(0, at)]: commandLine.slice(at + 1) };
}

/** Throws DeviceNotFound listing the disks seen when none matches. */
export function chooseRootDisk(disks: readonly Disk[], hints: JsonObject): Disk {
  const ordered = [...disks].sort((a, b) => a.size - b.size || a.name.localeCompare(b.name));
  const wanted = Object.entries(hints);
  if (wanted.length === 0) {
    const disk = ordered.find((candidate) => candidate.size >= SMALLEST);
    if (disk !== undefined) return disk;
    throw deviceNotFound(`no disk has at least ${SMALLEST / GIBIBYTE} GiB; disks seen: ${describe(disks)}`);
  }
  const disk = ordered.find((candidate) => wanted.every(([hint, value]) => fulfils(candidate, hint, value)));
  if (disk !== undefined) return disk;
  throw deviceNotFound(
    `no disk matches the root device hints ${JSON.stringify(hints)}; correct properties/root_device of the node; disks seen: ${describe(disks)}`,
  );
}

/** Whether the disk fulfils all of the hints. */
export function matchesHints(disk: Disk, hints: JsonObject): boolean {
  return Object.entries(hints).every(([hint, value]) => fulfils(disk, hint, value));
}

function fulfils(disk: Disk, name: string, wanted: Json): boolean {
  const hint = Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
  if (hint === undefined) {
    throw invalidParams(`root device hint ${name} is not known; known: ${Object.keys(HINTS).join(", ")}`);
  }
  const value = hint.of(disk);
  if (hint.kind === "flag") return value === flag(wanted, name);
  if (value === null) return false;
  return matches(typeof value === "number" ? value : String(value), String(wanted), hint.kind);
}

function flag(wanted: Json, name: string): boolean {
  const text = String(wanted).toLowerCase();
  if (["true", "1", "yes", "on", "t", "y"].includes(text)) return true;
  if (["false", "0", "no", "off", "f", "n"].includes(text)) return false;
  throw invalidParams(`root device hint ${name} is ${JSON.stringify(wanted)}, expected true or false`);
}

export function describe(disks: readonly Disk[]): string {
  if (disks.length === 0) return "none";
  const one = (disk: Disk) =>
    [
      disk.name,
      `${Math.floor(disk.size / GIBIBYTE)} GiB`,
      `model ${disk.model || "-"}`,
      `serial ${disk.serial ?? "-"}`,
      `wwn ${disk.wwn ?? "-"}`,
    ].join(", ");
  return disks.map((disk) => `[${one(disk)}]`).join(" ");
}
