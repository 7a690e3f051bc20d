/** Copies an image kept in memory to the disk byte by byte (raw images when streaming is switched off). */
import { createReadStream } from "node:fs";
import { withDisk } from "../disk/device-io.ts";
import { DiskWriter } from "../disk/disk-writer.ts";
import { wipeTables } from "../disk/wipe.ts";
import { imageWriteError, reasonText } from "../errors.ts";
import type { StagedImage } from "./stage-image.ts";
import type { WriteContext } from "./write-context.ts";

export async function copyToDisk(image: StagedImage, context: WriteContext): Promise<void> {
  const { device, progress } = context;
  try {
    await withDisk(device, async (file) => {
      const writer = new DiskWriter(file, {
        size: device.size,
        discarded: false,
        onWritten: (bytes) => progress.bytes("image.write", bytes, image.bytes),
      });
      for await (const chunk of createReadStream(image.path, { highWaterMark: 1024 * 1024 })) {
        if (Buffer.isBuffer(chunk)) await writer.write(chunk);
      }
      await writer.finish();
    });
  } catch (error) {
    await wipeTables(device);
    throw imageWriteError(`${device.path}: ${reasonText(error)}`, error);
  }
}
