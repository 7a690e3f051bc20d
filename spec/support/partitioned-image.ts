/** A whole-disk image as agents expect it: a GUID partition table, one partition, random content. */
import { randomBytes } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import { emptyGpt, LINUX_DATA_TYPE, withPartition, writeGpt } from "../../ipa-agent/disk/gpt.ts";

const MIB = 1024 ** 2;

/** 16 MiB; written to `folder` on the way. */
export async function partitionedImage(folder: string): Promise<Buffer> {
  const path = join(folder, "partitioned.raw");
  const size = 16 * MIB;
  const file = await open(path, "w+");
  await file.write(randomBytes(size), 0, size, 0);
  await file.write(Buffer.alloc(MIB), 0, MIB, 0);
  const made = withPartition(emptyGpt(size, 512), { type: LINUX_DATA_TYPE, name: "root", start: MIB, length: 8 * MIB });
  if (made === null) throw new Error("an empty table has a free entry");
  await writeGpt(file, made.gpt, size);
  await file.close();
  return readFile(path);
}
