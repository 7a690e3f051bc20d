/** Puts an image on a disk and makes the partition table fit the disk. */

import { open } from "node:fs/promises";
import type { JsonObject } from "../../common/json.ts";
import { openForWriting, readRange } from "../disk/device-io.ts";
import { tidyTable } from "../disk/tidy-table.ts";
import { imageRefused } from "../errors.ts";
import { flagOf } from "../wire.ts";
import { resolveChecksum } from "./checksum.ts";
import { convertQcow2 } from "./convert-qcow2.ts";
import { copyToDisk } from "./copy-to-disk.ts";
import { type Checksum, type Image, PLAIN_FORMATS } from "./image-info.ts";
import { inspectQcow2 } from "./qcow2-header.ts";
import { SNIFF_BYTES, sniffFormat } from "./sniff.ts";
import { stageImage } from "./stage-image.ts";
import { NotRaw, streamRaw } from "./stream-raw.ts";
import type { WriteContext } from "./write-context.ts";

/** `config`: of the lookup answer. The disk holds the image, whole and verified, when this resolves. */
export async function writeImage(image: Image, config: JsonObject, context: WriteContext): Promise<void> {
  const { device, progress } = context;
  progress.stage("image.start", `${image.id} goes to ${device.path} (${device.size} bytes)`);
  const checksum = await resolveChecksum(image, {
    trust: context.trust,
    stall: context.parameters.downloadTimeout * 1000,
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  const inspect = !flagOf(config, "disable_deep_image_inspection");
  const plain = image.format === null || PLAIN_FORMATS.has(image.format);
  if (plain && image.streamRaw) await streamedOrStaged(image, checksum, context, inspect);
  else await staged(image, checksum, context, inspect);
  await tidyTable(device);
  await device.reread();
  progress.stage("image.done", `${image.id} is on ${device.path}`);
}

async function streamedOrStaged(
  image: Image,
  checksum: Checksum,
  context: WriteContext,
  inspect: boolean,
): Promise<void> {
  try {
    await streamRaw(image, checksum, context, { inspect });
  } catch (error) {
    // Without a disk_format the first bytes decide; nothing has been written yet.
    if (!(error instanceof NotRaw)) throw error;
    await staged({ ...image, format: error.format }, checksum, context, inspect);
  }
}

async function staged(image: Image, checksum: Checksum, context: WriteContext, inspect: boolean): Promise<void> {
  const { device } = context;
  // A disk in use is refused before the download.
  await (await openForWriting(device)).close();
  await using file = await stageImage(image, checksum, context);
  const found = await formatOf(file.path);
  const format = image.format ?? found;
  if (format === "qcow2") {
    const { virtualSize } = await inspectQcow2(file.path, image.id);
    if (virtualSize > device.size) throw tooLarge(image, virtualSize, context);
    await convertQcow2(file.path, device, virtualSize, context);
    return;
  }
  if (!PLAIN_FORMATS.has(format) || (inspect && !PLAIN_FORMATS.has(found))) {
    throw imageRefused(
      `${image.id} is ${found}; this agent writes raw and qcow2: convert the image or correct image_disk_format`,
    );
  }
  if (file.bytes > device.size) throw tooLarge(image, file.bytes, context);
  await copyToDisk(file, context);
}

function tooLarge(image: Image, bytes: number, context: WriteContext): Error {
  const { device } = context;
  return imageRefused(
    `${image.id} becomes ${bytes} bytes but the disk ${device.path} has only ${device.size}; choose a larger disk by a root device hint or a smaller image`,
  );
}

async function formatOf(path: string): Promise<string> {
  const file = await open(path, "r");
  try {
    return sniffFormat(await readRange(file, 0, SNIFF_BYTES));
  } finally {
    await file.close();
  }
}
