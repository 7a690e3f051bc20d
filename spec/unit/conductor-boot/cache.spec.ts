import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CacheBench, sha256 } from "./cache-bench.ts";

const signal = new AbortController().signal;

describe("the image cache", () => {
  let bench: CacheBench;

  beforeEach(async () => {
    bench = await CacheBench.start();
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  it("gives a file with the content, its size and checksum", async () => {
    const url = bench.serve("/image", "content");
    const found = await bench.cache.fetch(url, { signal, sha256: sha256("content") });
    assert.equal(await readFile(found.path, "utf8"), "content");
    assert.deepEqual([found.size, found.sha256], [7, sha256("content")]);
  });

  it("fetches once for all who ask at the same time, and tells each the progress", async () => {
    const url = bench.serve("/image", Buffer.alloc(300_000, 1));
    const seen: [number, number | null][][] = [[], [], []];
    await Promise.all(seen.map((one) => bench.cache.fetch(url, { signal, onProgress: (...at) => void one.push(at) })));
    assert.deepEqual(bench.gets, ["/image"]);
    for (const one of seen) assert.deepEqual(one.at(-1), [300_000, 300_000]);
  });

  it("fetches again only when the source says that it changed", async () => {
    const url = bench.serve("/image", "one");
    const first = await bench.cache.acquire(url, { signal });
    assert.equal((await bench.cache.fetch(url, { signal })).path, first.path);
    bench.serve("/image", "two");
    const second = await bench.cache.fetch(url, { signal });
    assert.equal(await readFile(second.path, "utf8"), "two");
    assert.equal(await readFile(first.path, "utf8"), "one");
    first.release();
    assert.deepEqual(bench.gets, ["/image", "/image"]);
  });

  it("trusts a checksum without asking the source again", async () => {
    const url = bench.serve("/image", "content", null);
    await bench.cache.fetch(url, { signal, sha256: sha256("content") });
    bench.handlers.clear();
    await bench.cache.fetch(url, { signal, sha256: sha256("content").toUpperCase() });
    assert.deepEqual(bench.gets, ["/image"]);
  });

  it("refuses a wrong checksum, naming both, and keeps nothing of it", async () => {
    const url = bench.serve("/image", "tampered");
    const wanted = sha256("content");
    await assert.rejects(bench.cache.fetch(url, { signal, sha256: wanted }), (error: Error) => {
      assert.equal(error.name, "ImageUnacceptable");
      assert.ok(error.message.includes(wanted) && error.message.includes(sha256("tampered")));
      return true;
    });
    assert.deepEqual(await bench.files(), []);
    bench.serve("/image", "content");
    await bench.cache.fetch(url, { signal, sha256: wanted });
  });

  it("is still there after a restart, and what a killed process left is not", async () => {
    const url = bench.serve("/image", "content");
    const { path } = await bench.cache.fetch(url, { signal });
    await writeFile(join(bench.folder, "cache", "half.part"), "half");
    await writeFile(join(bench.folder, "cache", "data-without-record.image"), "x");
    await writeFile(join(bench.folder, "cache", "broken.json"), "{");
    await bench.reopen();
    assert.equal((await bench.files()).length, 2);
    assert.equal((await bench.cache.fetch(url, { signal })).path, path);
    await writeFile(path, "cont");
    await bench.reopen();
    assert.deepEqual(await bench.files(), []);
  });

  describe("of what is to be deployed", () => {
    const deployed = { claimedFormat: "qcow2" };

    it("looks at the format before anybody gets the file", async () => {
      await assert.rejects(
        bench.cache.fetch(bench.serve("/said-qcow2", "plain bytes"), { signal, deployed }),
        /said-qcow2 is unacceptable: its format is raw, but image_disk_format says qcow2; correct/,
      );
      await assert.rejects(
        bench.cache.fetch(bench.serve("/disk.vmdk", "# Disk DescriptorFile\n"), {
          signal,
          deployed: { claimedFormat: null },
        }),
        /its format is vmdk, but \[conductor\]permitted_image_formats has raw, qcow2; convert it/,
      );
    });

    it("refuses images that lean on other files", async () => {
      const image = bench.serve("/backed.qcow2", qcow2Header({ backingFile: 512n }));
      await assert.rejects(
        bench.cache.fetch(image, { signal, deployed }),
        /backing file; flatten it with qemu-img convert/,
      );
    });

    it("lets the file go again when it was refused", async () => {
      const image = bench.serve("/big", Buffer.alloc(900_000, "x"));
      await assert.rejects(bench.cache.fetch(image, { signal, deployed }), /format is raw/);
      bench.clock += 60_000;
      assert.equal(
        (await bench.cache.fetch(bench.serve("/other", Buffer.alloc(900_000, "y")), { signal })).size,
        900_000,
      );
    });
  });
});

/** The beginning of a version 3 image of 1 MiB, without contents. */
function qcow2Header({ backingFile }: { backingFile: bigint }): Buffer {
  const head = Buffer.alloc(1024);
  head.write("QFI\xfb", "latin1");
  head.writeUInt32BE(3, 4);
  head.writeBigUInt64BE(backingFile, 8);
  head.writeUInt32BE(backingFile === 0n ? 0 : 8, 16);
  head.writeUInt32BE(16, 20);
  head.writeBigUInt64BE(1_048_576n, 24);
  head.writeUInt32BE(104, 100);
  return head;
}
