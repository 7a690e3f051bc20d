/**
 * What an image file is, from its own bytes and never from its name, and whether it may be deployed. A disk format that
 * can point at other files is refused (CVE-2024-44082): qcow2 backing files, external data files and unknown features.
 */
import { type FileHandle, open } from "node:fs/promises";
import { ImageUnacceptable } from "../../common/errors/driver.ts";
import { inspectQcow2 } from "./qcow2.ts";

export type ImageFormat = "raw" | "gpt" | "mbr" | "qcow2" | "iso" | "vmdk" | "vhd" | "vhdx" | "vdi" | "qed" | "luks";

export interface ImageInfo {
  readonly format: ImageFormat;
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes of the disk that it holds; the file's own for raw disks. */
  readonly virtualSize: number;
}

/** Formats that mean the same to [conductor]permitted_image_formats and to a node's image_disk_format. */
const WHOLE_DISK: readonly ImageFormat[] = ["raw", "gpt", "mbr"];

const HEAD_BYTES = 65_536;
const ISO_MAGIC_AT = 0x8001;

const text = (head: Buffer, at: number, length: number) => head.toString("latin1", at, at + length);

/** In order: a hybrid ISO also has partition tables, so it comes first. */
const SIGNATURES: readonly { readonly format: ImageFormat; found(head: Buffer): boolean }[] = [
  { format: "qcow2", found: (head) => text(head, 0, 4) === "QFI\xfb" },
  { format: "vmdk", found: (head) => /^(KDMV|COWD|# Disk DescriptorFile)/.test(text(head, 0, 24)) },
  { format: "vhdx", found: (head) => text(head, 0, 8) === "vhdxfile" },
  { format: "vhd", found: (head) => text(head, 0, 8) === "conectix" },
  { format: "vdi", found: (head) => head.length >= 68 && head.readUInt32LE(64) === 0xbeda107f },
  { format: "qed", found: (head) => text(head, 0, 4) === "QED\0" },
  { format: "luks", found: (head) => text(head, 0, 6) === "LUKS\xba\xbe" },
  { format: "iso", found: (head) => text(head, ISO_MAGIC_AT, 5) === "CD001" },
  { format: "gpt", found: (head) => text(head, 512, 8) === "EFI PART" || text(head, 4096, 8) === "EFI PART" },
  { format: "mbr", found: hasPartitionTable },
];

/** A boot sector alone (FAT) has the same signature: entries must look like partitions, and one be used. */
function hasPartitionTable(head: Buffer): boolean {
  if (head.length < 512 || head.readUInt16LE(510) !== 0xaa55) return false;
  const entries = [446, 462, 478, 494].map((at) => ({ flag: head[at] ?? 0, type: head[at + 4] ?? 0 }));
  return entries.every(({ flag }) => flag === 0 || flag === 0x80) && entries.some(({ type }) => type !== 0);
}

/** @throws ImageUnacceptable for an empty or broken file and for one that refers to others */
export async function inspectImage(path: string, image = path): Promise<ImageInfo> {
  const refuse = (reason: string) => ImageUnacceptable({ image, reason });
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    if (size === 0) throw refuse("it is empty");
    const head = await readHead(file, size);
    const format = SIGNATURES.find((one) => one.found(head))?.format ?? (await tailFormat(file, size));
    const virtualSize = format === "qcow2" ? inspectQcow2(head, refuse).virtualSize : size;
    return { format, size, virtualSize };
  } finally {
    await file.close();
  }
}

/**
 * Inspects and checks against what is permitted and what the operator claimed (image_disk_format), if anything.
 * @throws ImageUnacceptable
 */
export async function checkImage(
  path: string,
  options: { readonly image: string; readonly permitted: readonly string[]; readonly claimed?: string | null },
): Promise<ImageInfo> {
  const info = await inspectImage(path, options.image);
  const refuse = (reason: string) => ImageUnacceptable({ image: options.image, reason });
  const named = WHOLE_DISK.includes(info.format) ? ["raw", info.format] : [info.format];
  if (!options.permitted.some((one) => named.includes(one as ImageFormat)))
    throw refuse(
      `its format is ${info.format}, but [conductor]permitted_image_formats has ${options.permitted.join(", ")}; convert it to one of these`,
    );
  const claimed = options.claimed?.toLowerCase();
  const agrees = claimed === undefined || claimed === "" || named.includes(claimed as ImageFormat);
  if (!agrees)
    throw refuse(`its format is ${info.format}, but image_disk_format says ${claimed}; correct one of the two`);
  return info;
}

async function readHead(file: FileHandle, size: number): Promise<Buffer> {
  const head = Buffer.alloc(Math.min(size, HEAD_BYTES));
  const { bytesRead } = await file.read(head, 0, head.length, 0);
  return head.subarray(0, bytesRead);
}

/** Fixed-size VHD has its mark in the last 512 bytes only. */
async function tailFormat(file: FileHandle, size: number): Promise<ImageFormat> {
  if (size < 512) return "raw";
  const tail = Buffer.alloc(8);
  await file.read(tail, 0, 8, size - 512);
  return tail.toString("latin1") === "conectix" ? "vhd" : "raw";
}
