/** Reading and writing ranges of an opened disk completely, whatever the kernel accepts at once. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { blockDeviceError, reasonText } from "../errors.ts";
import type { BlockDevice } from "../hardware-managers/contract.ts";

/**
 * Opens the disk for reading and writing. A device is opened exclusively: when it is mounted or part of an array the
 * kernel refuses, and a disk in use is never written over.
 */
export async function openForWriting(device: BlockDevice): Promise<FileHandle> {
  const exclusive = device.isDevice ? constants.O_EXCL : 0;
  try {
    return await open(device.path, constants.O_RDWR | exclusive);
  } catch (error) {
    throw blockDeviceError(`${device.path} cannot be opened for writing: ${reasonText(error)}`, error);
  }
}

/** Opens, works, and closes in every case. */
export async function withDisk<T>(device: BlockDevice, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openForWriting(device);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

export async function withDiskRead<T>(device: BlockDevice, work: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await open(device.path, "r");
  try {
    return await work(file);
  } finally {
    await file.close();
  }
}

export async function readRange(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let have = 0;
  while (have < length) {
    const { bytesRead } = await file.read(buffer, have, length - have, position + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  return buffer.subarray(0, have);
}

export async function writeRange(file: FileHandle, data: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < data.length) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done);
    if (bytesWritten === 0) throw blockDeviceError(`the disk took no more bytes at position ${position + done}`);
    done += bytesWritten;
  }
}

const ZERO_CHUNK = 4 * 1024 * 1024;
const zeros = Buffer.alloc(ZERO_CHUNK);

export async function writeZeros(file: FileHandle, position: number, length: number): Promise<void> {
  for (let done = 0; done < length; done += ZERO_CHUNK) {
    await writeRange(file, zeros.subarray(0, Math.min(ZERO_CHUNK, length - done)), position + done);
  }
}

export function isZero(data: Buffer): boolean {
  for (let at = 0; at < data.length; at += ZERO_CHUNK) {
    const part = data.subarray(at, at + ZERO_CHUNK);
    if (part.compare(zeros, 0, part.length) !== 0) return false;
  }
  return true;
}
