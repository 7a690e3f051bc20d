import { strict as assert } from "node:assert";
import { randomBytes } from "node:crypto";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { emptyGpt, LINUX_DATA_TYPE, readGpt, withPartition, writeGpt } from "../../../../ipa-agent/disk/gpt.ts";
import { wipeMetadata } from "../../../../ipa-agent/disk/wipe.ts";
import { fileDisk } from "../../../support/file-disk-manager.ts";
import { MIB } from "../support/write-bench.ts";

describe("erasing metadata", () => {
  it("leaves neither table nor backup nor file system signatures, and touches nothing else", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ferric-wipe-"));
    const path = join(folder, "disk");
    const size = 64 * MIB;
    await writeFile(path, randomBytes(size));
    const file = await open(path, "r+");
    await file.write(Buffer.alloc(512), 0, 512, 0);
    const made = withPartition(emptyGpt(size, 512), {
      type: LINUX_DATA_TYPE,
      name: "root",
      start: 10 * MIB,
      length: 20 * MIB,
    });
    assert.ok(made);
    await writeGpt(file, made.gpt, size);
    await file.close();
    const before = await readFile(path);
    await wipeMetadata(fileDisk(path, size));
    const after = await readFile(path);
    const zero = (from: number, to: number) => after.subarray(from, to).equals(Buffer.alloc(to - from));
    assert.ok(zero(0, 2 * MIB) && zero(size - 2 * MIB, size), "both ends of the disk");
    assert.ok(zero(10 * MIB, 12 * MIB) && zero(28 * MIB, 30 * MIB), "both ends of the partition");
    assert.ok(after.subarray(14 * MIB, 26 * MIB).equals(before.subarray(14 * MIB, 26 * MIB)));
    const disk = await open(path, "r");
    assert.equal(await readGpt(disk, 512), null);
    await disk.close();
    await rm(folder, { recursive: true });
  });
});
