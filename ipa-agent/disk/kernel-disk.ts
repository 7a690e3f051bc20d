/** A disk of the kernel as the agent works on it. */

import type { BlockDevice, Disk } from "../hardware-managers/contract.ts";
import { takesDiscard } from "../inventory/disks.ts";
import { runProgram, tryProgram } from "../run-program.ts";

const DISCARD_LIMIT_MS = 15 * 60_000;

export function kernelDisk(disk: Disk): BlockDevice {
  return {
    path: disk.name,
    size: disk.size,
    sectorSize: disk.logical_sectors,
    isDevice: true,
    discard: async (signal) => {
      if (!(await takesDiscard(disk.name))) return false;
      try {
        await runProgram("blkdiscard", ["--force", disk.name], {
          timeout: DISCARD_LIMIT_MS,
          ...(signal === undefined ? {} : { signal }),
        });
        return true;
      } catch {
        return false;
      }
    },
    reread: async () => {
      // Nothing the agent does depends on partition devices; a kernel that keeps its old view costs only those who look.
      await tryProgram("blockdev", ["--rereadpt", disk.name]);
      await tryProgram("udevadm", ["settle", "--timeout=10"]);
    },
  };
}
