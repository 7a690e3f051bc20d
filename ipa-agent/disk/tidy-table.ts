/** After an image smaller than the disk: moves the backup GPT to the disk's end, where firmware and tools look for it. */
import type { BlockDevice } from "../hardware-managers/contract.ts";
import { withDisk } from "./device-io.ts";
import { readGpt, stretched, writeGpt } from "./gpt.ts";

/** Disks without a GPT are left as they are. */
export async function tidyTable(device: BlockDevice): Promise<void> {
  await withDisk(device, async (file) => {
    const gpt = await readGpt(file, device.sectorSize);
    if (gpt === null) return;
    await writeGpt(file, stretched(gpt, device.size), device.size);
    await file.sync();
  });
}
