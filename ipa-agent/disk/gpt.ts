/**
 * GUID partition tables, read and written directly (UEFI specification 2.10, section 5.3): no partition tool is needed
 * and a plain file works as well as a device.
 */
import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { crc32 } from "./crc32.ts";
import { readRange, writeRange } from "./device-io.ts";

export interface GptPartition {
  /** Number from 1. */
  readonly number: number;
  readonly type: string;
  readonly guid: string;
  readonly name: string;
  /** Bytes from the start of the disk. */
  readonly start: number;
  readonly length: number;
}

export interface Gpt {
  readonly diskGuid: string;
  readonly sectorSize: number;
  readonly entrySize: number;
  readonly entryCount: number;
  readonly firstUsable: number;
  readonly lastUsable: number;
  /** The raw entry array. */
  readonly entries: Buffer;
  readonly diskGuidBytes: Buffer;
}

export const ESP_TYPE = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
export const LINUX_DATA_TYPE = "0fc63daf-8483-4772-8e79-3d69d8477de4";
const SIGNATURE = "EFI PART";
const HEADER_SIZE = 92;

/** The table at the start of the disk, or null when there is none or its checksums do not hold. */
export async function readGpt(file: FileHandle, sectorSize: number): Promise<Gpt | null> {
  const header = await readRange(file, sectorSize, sectorSize);
  if (header.length < HEADER_SIZE || header.toString("latin1", 0, 8) !== SIGNATURE) return null;
  const headerSize = header.readUInt32LE(12);
  if (headerSize < HEADER_SIZE || headerSize > sectorSize) return null;
  const check = Buffer.from(header.subarray(0, headerSize));
  check.writeUInt32LE(0, 16);
  if (crc32(check) !== header.readUInt32LE(16)) return null;
  const entryCount = header.readUInt32LE(80);
  const entrySize = header.readUInt32LE(84);
  if (entrySize < 128 || entrySize > 4096 || entryCount < 1 || entryCount > 4096) return null;
  const entries = await readRange(file, Number(header.readBigUInt64LE(72)) * sectorSize, entryCount * entrySize);
  if (entries.length !== entryCount * entrySize || crc32(entries) !== header.readUInt32LE(88)) return null;
  return {
    diskGuid: guidText(header.subarray(56, 72)),
    diskGuidBytes: Buffer.from(header.subarray(56, 72)),
    sectorSize,
    entrySize,
    entryCount,
    firstUsable: Number(header.readBigUInt64LE(40)),
    lastUsable: Number(header.readBigUInt64LE(48)),
    entries,
  };
}

export function partitionsOf(gpt: Gpt): readonly GptPartition[] {
  const found: GptPartition[] = [];
  for (let index = 0; index < gpt.entryCount; index += 1) {
    const entry = gpt.entries.subarray(index * gpt.entrySize, (index + 1) * gpt.entrySize);
    if (entry.subarray(0, 16).every((byte) => byte === 0)) continue;
    const first = Number(entry.readBigUInt64LE(32));
    const last = Number(entry.readBigUInt64LE(40));
    found.push({
      number: index + 1,
      type: guidText(entry.subarray(0, 16)),
      guid: guidText(entry.subarray(16, 32)),
      name: entry.toString("utf16le", 56, 128).replace(/\0.*$/s, ""),
      start: first * gpt.sectorSize,
      length: (last - first + 1) * gpt.sectorSize,
    });
  }
  return found;
}

/** The same table for a disk of `size` bytes: the usable area then reaches to its end. */
export function stretched(gpt: Gpt, size: number): Gpt {
  const sectors = Math.floor(size / gpt.sectorSize);
  return { ...gpt, lastUsable: sectors - 2 - arraySectors(gpt) };
}

/** Null when no entry is free. */
export function withPartition(
  gpt: Gpt,
  partition: { type: string; name: string; start: number; length: number },
): { gpt: Gpt; number: number } | null {
  const taken = new Set(partitionsOf(gpt).map((item) => item.number));
  const number = Array.from({ length: gpt.entryCount }, (_, index) => index + 1).find((item) => !taken.has(item));
  if (number === undefined) return null;
  const entries = Buffer.from(gpt.entries);
  const entry = entries.subarray((number - 1) * gpt.entrySize, number * gpt.entrySize);
  entry.fill(0);
  guidBytes(partition.type).copy(entry, 0);
  randomGuid().copy(entry, 16);
  entry.writeBigUInt64LE(BigInt(partition.start / gpt.sectorSize), 32);
  entry.writeBigUInt64LE(BigInt((partition.start + partition.length) / gpt.sectorSize - 1), 40);
  entry.write(partition.name.slice(0, 36), 56, "utf16le");
  return { gpt: { ...gpt, entries }, number };
}

/** Writes the backup first, then the primary: a crash in between leaves one whole table. */
export async function writeGpt(file: FileHandle, gpt: Gpt, size: number): Promise<void> {
  const last = Math.floor(size / gpt.sectorSize) - 1;
  const arrayAtEnd = last - arraySectors(gpt);
  await writeRange(file, padded(gpt.entries, gpt.sectorSize), arrayAtEnd * gpt.sectorSize);
  await writeRange(file, headerOf(gpt, { own: last, other: 1, array: arrayAtEnd }), last * gpt.sectorSize);
  await writeRange(file, padded(gpt.entries, gpt.sectorSize), 2 * gpt.sectorSize);
  await writeRange(file, headerOf(gpt, { own: 1, other: last, array: 2 }), gpt.sectorSize);
  await stretchProtectiveMbr(file, last);
}

/** An empty table for a disk, as tests and empty disks need it. */
export function emptyGpt(size: number, sectorSize: number): Gpt {
  const diskGuidBytes = randomGuid();
  const bare = {
    diskGuid: guidText(diskGuidBytes),
    diskGuidBytes,
    sectorSize,
    entrySize: 128,
    entryCount: 128,
    firstUsable: 2 + Math.ceil((128 * 128) / sectorSize),
    lastUsable: 0,
    entries: Buffer.alloc(128 * 128),
  };
  return stretched(bare, size);
}

function headerOf(gpt: Gpt, at: { own: number; other: number; array: number }): Buffer {
  const header = Buffer.alloc(gpt.sectorSize);
  header.write(SIGNATURE, 0, "latin1");
  header.writeUInt32LE(0x00010000, 8);
  header.writeUInt32LE(HEADER_SIZE, 12);
  header.writeBigUInt64LE(BigInt(at.own), 24);
  header.writeBigUInt64LE(BigInt(at.other), 32);
  header.writeBigUInt64LE(BigInt(gpt.firstUsable), 40);
  header.writeBigUInt64LE(BigInt(gpt.lastUsable), 48);
  gpt.diskGuidBytes.copy(header, 56);
  header.writeBigUInt64LE(BigInt(at.array), 72);
  header.writeUInt32LE(gpt.entryCount, 80);
  header.writeUInt32LE(gpt.entrySize, 84);
  header.writeUInt32LE(crc32(gpt.entries), 88);
  header.writeUInt32LE(crc32(header.subarray(0, HEADER_SIZE)), 16);
  return header;
}

/** The protective entry covers the disk; hybrid tables (another first entry) are left as they are. */
async function stretchProtectiveMbr(file: FileHandle, lastSector: number): Promise<void> {
  const mbr = await readRange(file, 0, 512);
  if (mbr.length < 512) return;
  const empty = mbr.subarray(446, 510).every((byte) => byte === 0);
  if (!empty && mbr[450] !== 0xee) return;
  if (empty) {
    mbr.set([0, 0, 2, 0, 0xee, 0xff, 0xff, 0xff], 446);
    mbr.writeUInt32LE(1, 454);
    mbr.writeUInt16LE(0xaa55, 510);
  }
  mbr.writeUInt32LE(Math.min(lastSector, 0xffffffff), 458);
  await writeRange(file, mbr, 0);
}

function arraySectors(gpt: Pick<Gpt, "entryCount" | "entrySize" | "sectorSize">): number {
  return Math.ceil((gpt.entryCount * gpt.entrySize) / gpt.sectorSize);
}

function padded(data: Buffer, unit: number): Buffer {
  const rest = data.length % unit;
  return rest === 0 ? data : Buffer.concat([data, Buffer.alloc(unit - rest)]);
}

/** GUIDs are stored with their first three groups little-endian. */
function guidText(bytes: Buffer): string {
  const hex = (from: number, to: number) => bytes.toString("hex", from, to);
  const swapped = (from: number, to: number) => Buffer.from(bytes.subarray(from, to)).reverse().toString("hex");
  return `${swapped(0, 4)}-${swapped(4, 6)}-${swapped(6, 8)}-${hex(8, 10)}-${hex(10, 16)}`;
}

function guidBytes(text: string): Buffer {
  const [a = "", b = "", c = "", d = "", e = ""] = text.split("-");
  const swapped = (hex: string) => Buffer.from(hex, "hex").reverse();
  return Buffer.concat([swapped(a), swapped(b), swapped(c), Buffer.from(d + e, "hex")]);
}

function randomGuid(): Buffer {
  const bytes = randomBytes(16);
  bytes[7] = ((bytes[7] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}
