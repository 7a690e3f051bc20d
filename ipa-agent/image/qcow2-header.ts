/**
 * Inspects the header of a qcow2 image before a converter may touch it (QEMU docs/interop/qcow2.txt). Whatever makes
 * a reader open other files, or is not understood, is refused.
 */
import { open } from "node:fs/promises";
import { readRange } from "../disk/device-io.ts";
import { imageRefused } from "../errors.ts";

export interface Qcow2Header {
  readonly version: 2 | 3;
  /** Bytes of the disk the image describes. */
  readonly virtualSize: number;
}

/** Incompatible feature bits: dirty and corrupt refcounts, compression type and extended L2 change no file access. */
const KNOWN_FEATURES = 0b1_1011n;
const DIRTY = 0b01n;
const CORRUPT = 0b10n;
const EXTERNAL_DATA = 0b100n;
const BACKING_FORMAT = 0xe2792aca;
const EXTERNAL_DATA_NAME = 0x44415441;
const FULL_HEADER = 104;

export async function inspectQcow2(path: string, id: string): Promise<Qcow2Header> {
  const file = await open(path, "r");
  try {
    return parseQcow2(await readRange(file, 0, 65536), id);
  } finally {
    await file.close();
  }
}

/** Throws InvalidImage naming what is wrong. `head`: the first 64 KiB, or all of a smaller file. */
export function parseQcow2(head: Buffer, id: string): Qcow2Header {
  const refuse = (reason: string) => imageRefused(`${id}: ${reason}`);
  if (head.length < 72 || head.readUInt32BE(0) !== 0x514649fb)
    throw refuse("is not a qcow2 image though its disk_format says so");
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw refuse(`qcow2 version ${version} is not known`);
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0) {
    throw refuse("has a backing file; flatten it with: qemu-img convert -O qcow2");
  }
  if (head.readUInt32BE(32) !== 0) throw refuse("is encrypted; convert it to an unencrypted image");
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21) throw refuse(`cluster size 2^${clusterBits} is outside of 2^9 to 2^21`);
  const size = head.readBigUInt64BE(24);
  if (size === 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) throw refuse(`virtual size ${size} is not sensible`);
  if (version === 3) checkVersion3(head, clusterBits, refuse);
  else checkExtensions(head, 72, clusterBits, refuse);
  return { version, virtualSize: Number(size) };
}

function checkVersion3(head: Buffer, clusterBits: number, refuse: (reason: string) => Error): void {
  if (head.length < FULL_HEADER) throw refuse("its header is cut off");
  const features = head.readBigUInt64BE(72);
  if ((features & EXTERNAL_DATA) !== 0n)
    throw refuse("keeps its data in an external file; convert it to a plain qcow2 image");
  const unknown = features & ~KNOWN_FEATURES & ~EXTERNAL_DATA;
  if (unknown !== 0n) throw refuse(`has unknown incompatible features 0x${unknown.toString(16)}`);
  if ((features & CORRUPT) !== 0n) throw refuse("is marked corrupt; repair it with: qemu-img check -r all");
  if ((features & DIRTY) !== 0n)
    throw refuse("was not closed cleanly (dirty bit); repair it with: qemu-img check -r all");
  const headerLength = head.readUInt32BE(100);
  if (headerLength < FULL_HEADER || headerLength % 8 !== 0 || headerLength > head.length) {
    throw refuse(`header length ${headerLength} is not sensible`);
  }
  checkExtensions(head, headerLength, clusterBits, refuse);
}

function checkExtensions(head: Buffer, start: number, clusterBits: number, refuse: (reason: string) => Error): void {
  const end = Math.min(head.length, 2 ** clusterBits);
  for (let at = start; at + 8 <= end; ) {
    const type = head.readUInt32BE(at);
    const length = head.readUInt32BE(at + 4);
    if (type === 0) return;
    if (type === EXTERNAL_DATA_NAME) throw refuse("names an external data file; convert it to a plain qcow2 image");
    if (type === BACKING_FORMAT) throw refuse("names a backing format; flatten it with: qemu-img convert -O qcow2");
    at += 8 + Math.ceil(length / 8) * 8;
    if (at > end) throw refuse("its header extensions run out of the header");
  }
}
