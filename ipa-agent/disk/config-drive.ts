/**
 * The config drive: an ISO 9660 volume labelled config-2 in a partition of its own at the end of the disk. A partition
 * that already is one (an image that brings it, a rebuild) is written over.
 */
import type { FileHandle } from "node:fs/promises";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { configDriveError, reasonText } from "../errors.ts";
import type { BlockDevice } from "../hardware-managers/contract.ts";
import { exchange, shownUrl, type Trust } from "../http-client.ts";
import { readRange, withDisk, writeRange, writeZeros } from "./device-io.ts";
import { LINUX_DATA_TYPE, partitionsOf, readGpt, stretched, withPartition, writeGpt } from "./gpt.ts";
import { addMbrPartition, MBR_SECTORS, readMbr } from "./mbr.ts";

const MEBIBYTE = 1024 * 1024;
export const CONFIG_DRIVE_SIZE = 64 * MEBIBYTE;
const LABEL = "config-2";
const MBR_LINUX = 0x83;
const unzip = promisify(gunzip);

/** The volume's bytes. `given`: base64 of a gzipped volume, or the URL of a file with the same. */
export async function readConfigDrive(
  given: string,
  options: { trust: Trust; stall: number; signal?: AbortSignal },
): Promise<Buffer> {
  if (!/^https?:\/\//i.test(given)) return unpack(Buffer.from(given, "base64"));
  const { signal } = options;
  try {
    const request = { trust: options.trust, stall: options.stall, ...(signal === undefined ? {} : { signal }) };
    // Base64 of a volume of the largest size.
    const answer = await exchange(new URL(given), request, CONFIG_DRIVE_SIZE * 1.4);
    if (answer.status !== 200) throw new Error(`the server answered HTTP ${answer.status}`);
    return await unpack(Buffer.from(answer.body, "base64"));
  } catch (error) {
    throw configDriveError(`${shownUrl(given)}: ${reasonText(error)}`, error);
  }
}

async function unpack(data: Buffer): Promise<Buffer> {
  if (data.length === 0) throw configDriveError("the config drive is empty or not base64");
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  try {
    return await unzip(data, { maxOutputLength: CONFIG_DRIVE_SIZE });
  } catch (error) {
    throw configDriveError(`it cannot be unpacked to at most 64 MiB: ${reasonText(error)}`, error);
  }
}

/** Puts the volume on the disk. Throws ConfigDriveWriteError naming what does not fit. */
export async function writeConfigDrive(device: BlockDevice, volume: Buffer): Promise<void> {
  if (volume.length > CONFIG_DRIVE_SIZE) {
    throw configDriveError(`the config drive has ${volume.length} bytes, the limit is ${CONFIG_DRIVE_SIZE}`);
  }
  await withDisk(device, async (file) => {
    const area = (await existing(file, device)) ?? (await create(file, device));
    if (volume.length > area.length) {
      throw configDriveError(
        `the partition ${LABEL} of the image has ${area.length} bytes, the config drive ${volume.length}; use an image without it`,
      );
    }
    await writeRange(file, volume, area.start);
    // What an older, longer volume left behind must not show.
    await writeZeros(file, area.start + volume.length, area.length - volume.length);
    await file.sync();
  });
  await device.reread();
}

interface Area {
  readonly start: number;
  readonly length: number;
}

async function existing(file: FileHandle, device: BlockDevice): Promise<Area | null> {
  const gpt = await readGpt(file, device.sectorSize);
  const partitions = gpt === null ? ((await readMbr(file, device.sectorSize))?.partitions ?? []) : partitionsOf(gpt);
  for (const partition of partitions) {
    if ("name" in partition && partition.name === LABEL) return partition;
    if ((await volumeLabel(file, partition.start)) === LABEL) return partition;
  }
  return null;
}

/** Label of an ISO 9660 or FAT volume that starts here. */
async function volumeLabel(file: FileHandle, start: number): Promise<string | null> {
  const iso = await readRange(file, start + 0x8000, 72);
  if (iso.toString("latin1", 1, 6) === "CD001") return iso.toString("latin1", 40, 72).trim().toLowerCase();
  const fat = await readRange(file, start, 512);
  if (fat.length < 512 || fat.readUInt16LE(510) !== 0xaa55) return null;
  for (const [mark, label] of [
    [54, 43],
    [82, 71],
  ] as const) {
    if (fat.toString("latin1", mark, mark + 3) === "FAT")
      return fat
        .toString("latin1", label, label + 11)
        .trim()
        .toLowerCase();
  }
  return null;
}

async function create(file: FileHandle, device: BlockDevice): Promise<Area> {
  const gpt = await readGpt(file, device.sectorSize);
  if (gpt !== null) {
    const wide = stretched(gpt, device.size);
    const area = atEnd((wide.lastUsable + 1) * gpt.sectorSize, partitionsOf(gpt), device);
    const made = withPartition(wide, { type: LINUX_DATA_TYPE, name: LABEL, ...area });
    if (made === null) throw configDriveError(`the partition table of ${device.path} has no free entry`);
    await writeGpt(file, made.gpt, device.size);
    return area;
  }
  const mbr = await readMbr(file, device.sectorSize);
  if (mbr === null) {
    throw configDriveError(
      `${device.path} has no partition table, so there is no place for a config drive; use a partitioned image`,
    );
  }
  const end = Math.min(device.size, MBR_SECTORS * device.sectorSize);
  const area = atEnd(end, mbr.partitions, device);
  const number = await addMbrPartition(file, device.sectorSize, { type: MBR_LINUX, ...area });
  if (number === null) {
    throw configDriveError(
      `all four primary partitions of ${device.path} are taken; use an image with a GUID partition table`,
    );
  }
  return area;
}

/** The last 64 MiB before `end`, on a MiB boundary; nothing else may lie there. */
function atEnd(end: number, partitions: readonly Area[], device: BlockDevice): Area {
  const start = Math.floor((end - CONFIG_DRIVE_SIZE) / MEBIBYTE) * MEBIBYTE;
  const area = { start, length: CONFIG_DRIVE_SIZE };
  const used = Math.max(0, ...partitions.map((partition) => partition.start + partition.length));
  const overlap = partitions.some((item) => item.start < start + area.length && item.start + item.length > start);
  if (start < MEBIBYTE || overlap) {
    throw configDriveError(
      `${device.path} has ${device.size} bytes and the image's partitions reach to ${used}: no room for the 64 MiB of a config drive; choose a larger disk`,
    );
  }
  return area;
}
