/** Erasure of disks: everything, only metadata, or whatever is fast and still leaves nothing readable. */
import { randomFillSync } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Json, JsonObject } from "../../common/json.ts";
import { isJsonObject } from "../../common/json.ts";
import { isZero, readRange, withDisk, withDiskRead, writeRange, writeZeros } from "../disk/device-io.ts";
import { wipeMetadata, wipeTables } from "../disk/wipe.ts";
import { blockDeviceError, reasonText } from "../errors.ts";
import type { BlockDevice, Disk, StepContext } from "../hardware-managers/contract.ts";
import { matchesHints } from "../root-device.ts";
import { listOf, numberOf, objectOf } from "../wire.ts";

const CHUNK = 4 * 1024 * 1024;

/** Overwrites every disk: random bytes as often as agent_erase_devices_iterations says (1), zeros last when asked. */
export async function eraseDevices(context: StepContext): Promise<Json> {
  const info = objectOf(context.node, "driver_internal_info");
  const passes = numberOf(info, "agent_erase_devices_iterations") ?? 1;
  const zeroLast = info.agent_erase_devices_zeroize !== false;
  await eachDisk(context, async (device) => {
    for (let pass = 1; pass <= passes; pass += 1) {
      await overwrite(device, context, `erase pass ${pass}`, randomPiece);
    }
    if (zeroLast || passes === 0) await overwrite(device, context, "erase zeros", null);
    await wipeTables(device);
  });
  return null;
}

export async function eraseDevicesMetadata(context: StepContext): Promise<Json> {
  await eachDisk(context, wipeMetadata);
  return null;
}

/** Discard, checked; a disk that cannot be discarded or still shows data is wiped of its metadata. */
export async function eraseDevicesExpress(context: StepContext): Promise<Json> {
  await eachDisk(context, async (device) => {
    const clean = (await device.discard()) && (await readsZeroAtSamples(device));
    if (clean) await wipeTables(device);
    else await wipeMetadata(device);
  });
  return null;
}

/** Works on all disks even if one fails; then fails naming each. */
async function eachDisk(context: StepContext, work: (device: BlockDevice) => Promise<void>): Promise<void> {
  const disks = await context.hardware.method("listDisks")();
  const skipped = listOf(objectOf(context.node, "properties"), "skip_block_devices").filter(isJsonObject);
  const failures: string[] = [];
  for (const disk of disks) {
    if (isSkipped(disk, skipped)) {
      context.progress.stage("erase.skipped", `${disk.name} is listed in skip_block_devices`);
      continue;
    }
    context.progress.stage("erase", disk.name);
    try {
      await work(await context.hardware.method("openDisk")(disk));
    } catch (error) {
      failures.push(`${disk.name}: ${reasonText(error)}`);
    }
  }
  if (failures.length > 0) throw blockDeviceError(`erasure failed on ${failures.join("; ")}`);
}

function isSkipped(disk: Disk, skipped: readonly JsonObject[]): boolean {
  return skipped.some((hints) => matchesHints(disk, hints));
}

async function overwrite(
  device: BlockDevice,
  context: StepContext,
  stage: string,
  fill: ((buffer: Buffer) => void) | null,
): Promise<void> {
  const buffer = Buffer.alloc(CHUNK);
  await withDisk(device, async (file: FileHandle) => {
    for (let at = 0; at < device.size; at += CHUNK) {
      const length = Math.min(CHUNK, device.size - at);
      fill?.(buffer);
      if (fill === null) await writeZeros(file, at, length);
      else await writeRange(file, buffer.subarray(0, length), at);
      context.progress.bytes(`${stage} ${device.path}`, at + length, device.size);
    }
    await file.sync();
  });
}

function randomPiece(buffer: Buffer): void {
  randomFillSync(buffer);
}

const SAMPLES = 64;

async function readsZeroAtSamples(device: BlockDevice): Promise<boolean> {
  return withDiskRead(device, async (file) => {
    for (let index = 0; index <= SAMPLES; index += 1) {
      const at = Math.floor(((device.size - 65536) / SAMPLES) * index);
      if (!isZero(await readRange(file, Math.max(0, at), 65536))) return false;
    }
    return true;
  });
}
