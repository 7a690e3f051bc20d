import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { silent } from "../../../common/log.ts";
import { FileImageCache } from "../../../conductor/images/cache.ts";
import { listening } from "../../support/loopback.ts";

const run = promisify(execFile);
const SIZE = 40_000_000;

describe("the image cache, when things break", function () {
  this.timeout(60_000);
  const content = randomBytes(SIZE);
  let folder: string;
  let server: Server;
  let url: string;
  /** Bytes after which the server stops sending. */
  let until = SIZE;

  before(async () => {
    server = createServer((_request, response) => {
      response.writeHead(200, { "content-length": SIZE, etag: '"1"' });
      if (until === SIZE) response.end(content);
      else response.write(content.subarray(0, until));
    });
    url = `http://127.0.0.1:${await listening(server)}/image`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-cache-"));
    until = SIZE;
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const open = () =>
    FileImageCache.open({
      folder,
      limitBytes: 100_000_000,
      ttlMs: 60_000,
      access: { allowLocal: true, folders: [] },
      permittedFormats: ["raw"],
      log: silent,
    });

  it("killed with -9 in the middle of a download leaves nothing behind that counts", async () => {
    until = SIZE / 2;
    const script = join(import.meta.dirname, "fetch-image.ts");
    const child = spawn(process.execPath, ["--import", "tsx", script, folder, url], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    assert.equal((await readdir(folder)).filter((name) => name.endsWith(".part")).length, 1);
    child.kill("SIGKILL");
    await once(child, "exit");
    until = SIZE;
    await using cache = await open();
    assert.deepEqual(await readdir(folder), []);
    const found = await cache.fetch(url, { signal: new AbortController().signal });
    assert.ok((await readFile(found.path)).equals(content));
  });

  it("names path, sizes and remedy when the disk fills up, and leaves the disk free again", async function () {
    if (process.getuid?.() !== 0) {
      console.log("      left out: a small disk of its own needs root");
      this.skip();
    }
    await run("mount", ["-t", "tmpfs", "-o", "size=30m", "tmpfs", folder]);
    try {
      await using cache = await open();
      await assert.rejects(cache.fetch(url, { signal: new AbortController().signal }), (error: Error) => {
        assert.equal(error.name, "InsufficientDiskSpace");
        assert.ok(error.message.startsWith(`${folder} has `));
        assert.match(
          error.message,
          /bytes free but \d+ are needed: free space .* or put \[pxe\]images_path on a larger one/,
        );
        return true;
      });
      assert.deepEqual(await readdir(folder), []);
    } finally {
      await run("umount", [folder]);
    }
  });
});
