import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { CacheBench } from "./cache-bench.ts";

const signal = new AbortController().signal;

describe("the room of the image cache", () => {
  let bench: CacheBench;

  beforeEach(async () => {
    bench = await CacheBench.start();
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  it("lets the least recently used leave first, never one that is held", async () => {
    const urls = ["/a", "/b", "/c", "/d"].map((path) => bench.serve(path, Buffer.alloc(300_000, path)));
    const [a = "", b = "", c = "", d = ""] = urls;
    const held = await bench.cache.acquire(a, { signal });
    for (const url of [b, c]) {
      bench.clock += 20_000;
      (await bench.cache.acquire(url, { signal })).release();
    }
    bench.clock += 20_000;
    (await bench.cache.acquire(d, { signal })).release();
    bench.gets.length = 0;
    for (const url of [a, c, d]) (await bench.cache.acquire(url, { signal })).release();
    assert.deepEqual(bench.gets, []);
    (await bench.cache.acquire(b, { signal })).release();
    assert.deepEqual(bench.gets, ["/b"]);
    assert.equal((await readFile(held.path)).length, 300_000);
  });

  it("says what to do when all that is cached is in use, or an image is larger than the cache", async () => {
    const held = await bench.cache.acquire(bench.serve("/a", Buffer.alloc(700_000)), { signal });
    bench.clock += 60_000;
    await assert.rejects(bench.cache.fetch(bench.serve("/b", Buffer.alloc(500_000)), { signal }), (error: Error) => {
      assert.equal(error.name, "InsufficientDiskSpace");
      assert.match(error.message, /has 300000 bytes free but 500000 are needed: .*in use.*image_cache_size/);
      return true;
    });
    held.release();
    await bench.cache.fetch(`${bench.base}/b`, { signal });
    await assert.rejects(
      bench.cache.fetch(bench.serve("/huge", Buffer.alloc(1_000_001)), { signal }),
      /larger than the whole cache/,
    );
  });

  it("says path, sizes and remedy when the disk has no room", async () => {
    await bench.reopen({ freeBytes: async () => 1000 });
    await assert.rejects(bench.cache.fetch(bench.serve("/a", "content"), { signal }), (error: Error) => {
      assert.equal(error.name, "InsufficientDiskSpace");
      assert.match(error.message, /ferric-cache-.* has 1000 bytes free but \d+ are needed: free space .*images_path/);
      return true;
    });
    assert.deepEqual(await bench.files(), []);
  });

  it("forgets what has not been used for long", async () => {
    (await bench.cache.acquire(bench.serve("/a", "a"), { signal })).release();
    bench.clock += 3_600_001;
    (await bench.cache.acquire(bench.serve("/b", "b"), { signal })).release();
    assert.equal((await bench.files()).length, 2);
  });
});
