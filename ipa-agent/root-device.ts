/**
 * Chooses the disk to deploy to by root device hints, in the hint language of Ironic (documentation: install, root device
 * hints). Without hints: the smallest disk of at least 4 GiB. Never another disk than the hints say.
 */
import { HintUnusable } from "../common/hint-expression.ts";
import type { Json, JsonObject } from "../common/json.ts";
import { isJsonObject } from "../common/json.ts";
import { fulfilsHint } from "../common/root-device-hints.ts";
import { deviceNotFound, invalidParams } from "./errors.ts";
import type { Disk } from "./hardware-managers/contract.ts";

const GIBIBYTE = 1024 ** 3;
const SMALLEST = 4 * GIBIBYTE;

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
  try {
    return fulfilsHint(disk, name, wanted);
  } catch (error) {
    throw error instanceof HintUnusable ? invalidParams(error.message) : error;
  }
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
