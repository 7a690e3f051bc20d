import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { silent } from "../../../common/log.ts";
import { FileImageCache } from "../../../conductor/images/cache.ts";

const signal = new AbortController().signal;

describe("the image cache, given file URLs", () => {
  let folder: string;
  let cache: FileImageCache;
  const openCache = (folders: readonly string[]) =>
    FileImageCache.open({
      folder: join(folder, "cache"),
      limitBytes: 1_000_000,
      ttlMs: 60_000,
      access: { allowLocal: true, folders },
      permittedFormats: ["raw"],
      log: silent,
    });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-cache-"));
    await mkdir(join(folder, "allowed"));
    cache = await openCache([join(folder, "allowed")]);
  });
  afterEach(async () => {
    await cache[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const url = (...parts: string[]) => pathToFileURL(join(folder, ...parts)).href;

  it("copies a file below an allowed folder, again when it has changed", async () => {
    await writeFile(join(folder, "allowed", "image"), "one");
    const first = await cache.acquire(url("allowed", "image"), { signal });
    await writeFile(join(folder, "allowed", "image"), "changed");
    assert.equal(await readFile(first.path, "utf8"), "one");
    first.release();
    assert.equal((await cache.fetch(url("allowed", "image"), { signal })).size, 7);
  });

  it("refuses everything else before opening it", async () => {
    await writeFile(join(folder, "outside"), "x");
    await symlink(join(folder, "outside"), join(folder, "allowed", "link"));
    await mkdir(join(folder, "allowed", "folder"));
    const refused = [
      url("outside"),
      url("allowed", "link"),
      url("allowed", "folder"),
      url("allowed", "none"),
      `${url("allowed")}/../outside`,
      `${url("allowed")}/%2e%2e/outside`,
      `${url("allowed")}/..%2foutside`,
      "file:///etc/passwd",
      "file:///proc/self/environ",
      "file:///dev/zero",
      "file://otherhost/x",
    ];
    for (const one of refused)
      await assert.rejects(
        cache.fetch(one, { signal }),
        (error: Error) => error.name === "ImageRefValidationFailed",
        one,
      );
    await using everywhere = await openCache(["/"]);
    for (const one of ["file:///etc/passwd", "file:///dev/zero", "file:///proc/self/environ"])
      await assert.rejects(
        everywhere.fetch(one, { signal }),
        (error: Error) => error.name === "ImageRefValidationFailed",
        one,
      );
  });
});
