/**
 * Removes partition tables and file system signatures, so that neither firmware nor kernel takes what is left on a
 * disk for something to boot or mount.
 */
import type { FileHandle } from "node:fs/promises";
import type { BlockDevice } from "../hardware-managers/contract.ts";
import { withDisk, writeZeros } from "./device-io.ts";
import { partitionsOf, readGpt } from "./gpt.ts";
import { readMbr } from "./mbr.ts";

const MEBIBYTE = 1024 * 1024;
/** The last entries of a 4096-entry backup table still lie in it. */
const EDGE = 2 * MEBIBYTE;

/** Zeroes both ends of the disk: MBR, primary and backup GPT. */
export async function wipeTables(device: BlockDevice): Promise<void> {
  await withDisk(device, async (file) => {
    await wipeEdges(file, 0, device.size);
    await file.sync();
  });
  await device.reread();
}

/** Like wipeTables, and both ends of every partition: signatures of file systems, arrays and volume groups. */
export async function wipeMetadata(device: BlockDevice): Promise<void> {
  await withDisk(device, async (file) => {
    for (const area of await areas(file, device)) await wipeEdges(file, area.start, area.length);
    await wipeEdges(file, 0, device.size);
    await file.sync();
  });
  await device.reread();
}

async function areas(file: FileHandle, device: BlockDevice) {
  const gpt = await readGpt(file, device.sectorSize);
  const found = gpt === null ? ((await readMbr(file, device.sectorSize))?.partitions ?? []) : partitionsOf(gpt);
  return found.filter((area) => area.start >= 0 && area.length > 0 && area.start + area.length <= device.size);
}

async function wipeEdges(file: FileHandle, start: number, length: number): Promise<void> {
  const edge = Math.min(EDGE, length);
  await writeZeros(file, start, edge);
  await writeZeros(file, start + length - edge, edge);
}
