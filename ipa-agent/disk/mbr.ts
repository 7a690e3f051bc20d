/** The four primary entries of a master boot record, read and written directly. */
import type { FileHandle } from "node:fs/promises";
import { readRange, writeRange } from "./device-io.ts";

export interface MbrPartition {
  /** Number from 1 to 4. */
  readonly number: number;
  readonly type: number;
  /** Bytes from the start of the disk. */
  readonly start: number;
  readonly length: number;
}

export interface Mbr {
  /** Eight hexadecimal digits. */
  readonly diskId: string;
  readonly partitions: readonly MbrPartition[];
}

const PROTECTIVE = 0xee;
/** Sector numbers of an MBR have 32 bits. */
export const MBR_SECTORS = 2 ** 32;

/** The table, or null when there is none, or only the protective one of a GPT. */
export async function readMbr(file: FileHandle, sectorSize: number): Promise<Mbr | null> {
  const sector = await readRange(file, 0, 512);
  if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55) return null;
  const partitions: MbrPartition[] = [];
  for (let index = 0; index < 4; index += 1) {
    const entry = sector.subarray(446 + index * 16, 462 + index * 16);
    const type = entry[4] ?? 0;
    if (type === PROTECTIVE) return null;
    // A boot sector of a file system has the same mark but no sound entries.
    if ((entry[0] ?? 0) !== 0 && entry[0] !== 0x80) return null;
    if (type === 0) continue;
    partitions.push({
      number: index + 1,
      type,
      start: entry.readUInt32LE(8) * sectorSize,
      length: entry.readUInt32LE(12) * sectorSize,
    });
  }
  return { diskId: sector.readUInt32LE(440).toString(16).padStart(8, "0"), partitions };
}

/** Adds a primary partition; null when all four entries are taken. */
export async function addMbrPartition(
  file: FileHandle,
  sectorSize: number,
  partition: { type: number; start: number; length: number },
): Promise<number | null> {
  const sector = await readRange(file, 0, 512);
  for (let index = 0; index < 4; index += 1) {
    const entry = sector.subarray(446 + index * 16, 462 + index * 16);
    if ((entry[4] ?? 0) !== 0) continue;
    // Cylinder, head and sector numbers of fe ff ff say: see the sector numbers.
    entry.set([0, 0xfe, 0xff, 0xff, partition.type, 0xfe, 0xff, 0xff]);
    entry.writeUInt32LE(partition.start / sectorSize, 8);
    entry.writeUInt32LE(partition.length / sectorSize, 12);
    await writeRange(file, sector, 0);
    return index + 1;
  }
  return null;
}
