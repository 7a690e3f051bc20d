/**
 * Reads FAT12, FAT16 and FAT32 volumes (Microsoft FAT specification 1.03) from a disk without mounting them: what an
 * image contains is data for the ramdisk, not a file system for its kernel. Every number of the volume is bounded.
 */
import type { FileHandle } from "node:fs/promises";
import { readRange } from "../disk/device-io.ts";

export interface FatEntry {
  readonly name: string;
  readonly folder: boolean;
  readonly cluster: number;
  readonly size: number;
}

interface Geometry {
  readonly fatStart: number;
  readonly bits: 12 | 16 | 32;
  /** FAT12 and FAT16 keep the root folder in a place of its own. */
  readonly rootStart: number;
  readonly rootBytes: number;
  readonly rootCluster: number;
  readonly dataStart: number;
  readonly clusterBytes: number;
  readonly clusters: number;
}

const ATTRIBUTE_FOLDER = 0x10;
const ATTRIBUTE_VOLUME = 0x08;
const ATTRIBUTE_LONG = 0x0f;
/** Windows NT's marks on short names that were given in small letters. */
const LOWER_BASE = 0x08;
const LOWER_EXTENSION = 0x10;
const FOLDER_LIMIT = 1024 * 1024;

export class FatVolume {
  readonly #file: FileHandle;
  readonly #at: Geometry;

  private constructor(file: FileHandle, at: Geometry) {
    this.#file = file;
    this.#at = at;
  }

  /** `start`: bytes from the start of the disk. Throws when there is no FAT volume. */
  static async open(file: FileHandle, start: number): Promise<FatVolume> {
    const sector = await readRange(file, start, 512);
    if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55)
      throw new Error("the EFI system partition is no FAT volume");
    return new FatVolume(file, geometry(sector, start));
  }

  /** Entries of a folder given with slashes, upper and lower case the same; an absent folder is empty. */
  async list(path: string): Promise<readonly FatEntry[]> {
    let entries = await this.#root();
    for (const part of path.split("/").filter((item) => item !== "")) {
      const next = find(entries, part);
      if (next === null || !next.folder) return [];
      entries = parseFolder(await this.#chain(next.cluster, FOLDER_LIMIT));
    }
    return entries;
  }

  /** At most `limit` bytes of a file. Throws when it is absent. */
  async read(path: string, limit: number): Promise<Buffer> {
    const cut = path.lastIndexOf("/");
    const entry = find(await this.list(path.slice(0, Math.max(cut, 0))), path.slice(cut + 1));
    if (entry === null || entry.folder) throw new Error(`${path} is not in the volume`);
    const data = await this.#chain(entry.cluster, Math.min(limit, entry.size));
    return data.subarray(0, Math.min(limit, entry.size));
  }

  async #root(): Promise<readonly FatEntry[]> {
    const at = this.#at;
    if (at.bits === 32) return parseFolder(await this.#chain(at.rootCluster, FOLDER_LIMIT));
    return parseFolder(await readRange(this.#file, at.rootStart, at.rootBytes));
  }

  async #chain(first: number, limit: number): Promise<Buffer> {
    const at = this.#at;
    const parts: Buffer[] = [];
    let cluster = first;
    for (let have = 0; have < limit && cluster >= 2 && cluster < at.clusters + 2; have += at.clusterBytes) {
      parts.push(await readRange(this.#file, at.dataStart + (cluster - 2) * at.clusterBytes, at.clusterBytes));
      cluster = await this.#next(cluster);
    }
    return Buffer.concat(parts);
  }

  async #next(cluster: number): Promise<number> {
    const { bits, fatStart } = this.#at;
    const offset = bits === 12 ? cluster + Math.floor(cluster / 2) : cluster * (bits / 8);
    const raw = await readRange(this.#file, fatStart + offset, 4);
    if (raw.length < 4) return 0;
    if (bits === 32) return raw.readUInt32LE(0) & 0x0fffffff;
    const word = raw.readUInt16LE(0);
    if (bits === 16) return word;
    return cluster % 2 === 0 ? word & 0xfff : word >> 4;
  }
}

function geometry(sector: Buffer, start: number): Geometry {
  const sectorBytes = sector.readUInt16LE(11);
  const perCluster = sector.readUInt8(13);
  const reserved = sector.readUInt16LE(14);
  const copies = sector.readUInt8(16);
  const rootEntries = sector.readUInt16LE(17);
  const total = sector.readUInt16LE(19) || sector.readUInt32LE(32);
  const fatSectors = sector.readUInt16LE(22) || sector.readUInt32LE(36);
  if (
    ![512, 1024, 2048, 4096].includes(sectorBytes) ||
    perCluster === 0 ||
    reserved === 0 ||
    copies === 0 ||
    fatSectors === 0
  ) {
    throw new Error("the EFI system partition is no FAT volume");
  }
  const rootSectors = Math.ceil((rootEntries * 32) / sectorBytes);
  const rootSector = reserved + copies * fatSectors;
  const clusters = Math.max(0, Math.floor((total - rootSector - rootSectors) / perCluster));
  const bits = clusters < 4085 ? 12 : clusters < 65525 ? 16 : 32;
  return {
    fatStart: start + reserved * sectorBytes,
    bits,
    rootStart: start + rootSector * sectorBytes,
    rootBytes: rootSectors * sectorBytes,
    rootCluster: bits === 32 ? sector.readUInt32LE(44) : 0,
    dataStart: start + (rootSector + rootSectors) * sectorBytes,
    clusterBytes: perCluster * sectorBytes,
    clusters,
  };
}

function parseFolder(data: Buffer): readonly FatEntry[] {
  const entries: FatEntry[] = [];
  let long = "";
  for (let at = 0; at + 32 <= data.length; at += 32) {
    const entry = data.subarray(at, at + 32);
    const first = entry.readUInt8(0);
    const attributes = entry.readUInt8(11);
    if (first === 0) break;
    if (first === 0xe5) {
      long = "";
    } else if ((attributes & 0x3f) === ATTRIBUTE_LONG) {
      long = longPart(entry) + long;
    } else {
      if ((attributes & ATTRIBUTE_VOLUME) === 0) entries.push(entryOf(entry, long));
      long = "";
    }
  }
  return entries.filter((entry) => entry.name !== "." && entry.name !== "..");
}

/** Thirteen UTF-16 characters; the name ends at a zero, the rest is filling. */
function longPart(entry: Buffer): string {
  const parts = [entry.subarray(1, 11), entry.subarray(14, 26), entry.subarray(28, 32)];
  const text = Buffer.concat(parts).toString("utf16le");
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function entryOf(entry: Buffer, long: string): FatEntry {
  const lower = entry.readUInt8(12);
  const base = cased(entry.toString("latin1", 0, 8).trimEnd(), (lower & LOWER_BASE) !== 0);
  const extension = cased(entry.toString("latin1", 8, 11).trimEnd(), (lower & LOWER_EXTENSION) !== 0);
  const short = extension === "" ? base : `${base}.${extension}`;
  return {
    name: long === "" ? short : long,
    folder: (entry.readUInt8(11) & ATTRIBUTE_FOLDER) !== 0,
    cluster: entry.readUInt16LE(20) * 65536 + entry.readUInt16LE(26),
    size: entry.readUInt32LE(28),
  };
}

function cased(text: string, lower: boolean): string {
  return lower ? text.toLowerCase() : text;
}

function find(entries: readonly FatEntry[], name: string): FatEntry | null {
  return entries.find((entry) => entry.name.toLowerCase() === name.toLowerCase()) ?? null;
}
