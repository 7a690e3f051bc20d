import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silent } from "../../../common/log.ts";
import { type CacheOptions, FileImageCache } from "../../../conductor/images/cache.ts";

const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const signal = new AbortController().signal;
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe("the image cache", () => {
  let folder: string;
  let cache: FileImageCache;
  let server: Server;
  let base: string;
  let clock: number;
  let gets: string[];
  const handlers = new Map<string, Handler>();

  before(async () => {
    server = createServer((request, response) => {
      if (request.method === "GET") gets.push(request.url ?? "");
      const handler = handlers.get(request.url ?? "");
      if (handler !== undefined) handler(request, response);
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-cache-"));
    clock = Date.now();
    gets = [];
    handlers.clear();
    cache = await open();
  });
  afterEach(async () => {
    server.closeAllConnections();
    await cache[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const open = (options: Partial<CacheOptions> = {}) =>
    FileImageCache.open({
      folder: join(folder, "cache"),
      limitBytes: 1_000_000,
      ttlMs: 3_600_000,
      access: { allowLocal: true, folders: [join(folder, "allowed")] },
      permittedFormats: ["raw", "qcow2"],
      log: silent,
      connectMs: 1000,
      stallMs: 1000,
      now: () => clock,
      ...options,
    });
  async function reopen(options: Partial<CacheOptions> = {}): Promise<void> {
    await cache[Symbol.asyncDispose]();
    cache = await open(options);
  }
  /** Content at a path of the server, with an ETag unless `etag` is null. */
  function serve(
    path: string,
    content: string | Buffer,
    etag: string | null = `"${sha256(content).slice(0, 8)}"`,
  ): string {
    handlers.set(path, (_request, response) => {
      response.writeHead(200, { "content-length": Buffer.byteLength(content), ...(etag === null ? {} : { etag }) });
      response.end(content);
    });
    return base + path;
  }
  const filesInCache = async () => (await readdir(join(folder, "cache"))).sort();

  it("gives a file with the content, its size and checksum", async () => {
    const url = serve("/image", "content");
    const found = await cache.fetch(url, { signal, sha256: sha256("content") });
    assert.equal(await readFile(found.path, "utf8"), "content");
    assert.deepEqual([found.size, found.sha256], [7, sha256("content")]);
  });

  it("fetches once for all who ask at the same time, and tells each the progress", async () => {
    const url = serve("/image", Buffer.alloc(300_000, 1));
    const seen: [number, number | null][][] = [[], [], []];
    await Promise.all(seen.map((one) => cache.fetch(url, { signal, onProgress: (...at) => void one.push(at) })));
    assert.deepEqual(gets, ["/image"]);
    for (const one of seen) assert.deepEqual(one.at(-1), [300_000, 300_000]);
  });

  it("fetches again only when the source says that it changed", async () => {
    const url = serve("/image", "one");
    const first = await cache.acquire(url, { signal });
    assert.equal((await cache.fetch(url, { signal })).path, first.path);
    serve("/image", "two");
    const second = await cache.fetch(url, { signal });
    assert.equal(await readFile(second.path, "utf8"), "two");
    assert.equal(await readFile(first.path, "utf8"), "one");
    first.release();
    assert.deepEqual(gets, ["/image", "/image"]);
  });

  it("trusts a checksum without asking the source again", async () => {
    const url = serve("/image", "content", null);
    await cache.fetch(url, { signal, sha256: sha256("content") });
    handlers.clear();
    await cache.fetch(url, { signal, sha256: sha256("content").toUpperCase() });
    assert.deepEqual(gets, ["/image"]);
  });

  it("refuses a wrong checksum, naming both, and keeps nothing of it", async () => {
    const url = serve("/image", "tampered");
    const wanted = sha256("content");
    await assert.rejects(cache.fetch(url, { signal, sha256: wanted }), (error: Error) => {
      assert.equal(error.name, "ImageUnacceptable");
      assert.ok(error.message.includes(wanted) && error.message.includes(sha256("tampered")));
      return true;
    });
    assert.deepEqual(await filesInCache(), []);
    serve("/image", "content");
    await cache.fetch(url, { signal, sha256: wanted });
  });

  it("is still there after a restart, and what a killed process left is not", async () => {
    const url = serve("/image", "content");
    const { path } = await cache.fetch(url, { signal });
    await writeFile(join(folder, "cache", "half.part"), "half");
    await writeFile(join(folder, "cache", "data-without-record.image"), "x");
    await writeFile(join(folder, "cache", "broken.json"), "{");
    await reopen();
    assert.equal((await filesInCache()).length, 2);
    assert.equal((await cache.fetch(url, { signal })).path, path);
    await writeFile(path, "cont");
    await reopen();
    assert.deepEqual(await filesInCache(), []);
  });

  it("lets the least recently used leave first, never one that is held", async () => {
    const urls = ["/a", "/b", "/c", "/d"].map((path) => serve(path, Buffer.alloc(300_000, path)));
    const [a = "", b = "", c = "", d = ""] = urls;
    const held = await cache.acquire(a, { signal });
    for (const url of [b, c]) {
      clock += 20_000;
      (await cache.acquire(url, { signal })).release();
    }
    clock += 20_000;
    (await cache.acquire(d, { signal })).release();
    gets = [];
    for (const url of [a, c, d]) (await cache.acquire(url, { signal })).release();
    assert.deepEqual(gets, []);
    (await cache.acquire(b, { signal })).release();
    assert.deepEqual(gets, ["/b"]);
    assert.equal((await readFile(held.path)).length, 300_000);
  });

  it("says what to do when all that is cached is in use, or an image is larger than the cache", async () => {
    const held = await cache.acquire(serve("/a", Buffer.alloc(700_000)), { signal });
    clock += 60_000;
    await assert.rejects(cache.fetch(serve("/b", Buffer.alloc(500_000)), { signal }), (error: Error) => {
      assert.equal(error.name, "InsufficientDiskSpace");
      assert.match(error.message, /has 300000 bytes free but 500000 are needed: .*in use.*image_cache_size/);
      return true;
    });
    held.release();
    await cache.fetch(`${base}/b`, { signal });
    await assert.rejects(
      cache.fetch(serve("/huge", Buffer.alloc(1_000_001)), { signal }),
      /larger than the whole cache/,
    );
  });

  it("says path, sizes and remedy when the disk has no room", async () => {
    await reopen({ freeBytes: async () => 1000 });
    await assert.rejects(cache.fetch(serve("/a", "content"), { signal }), (error: Error) => {
      assert.equal(error.name, "InsufficientDiskSpace");
      assert.match(error.message, /ferric-cache-.* has 1000 bytes free but \d+ are needed: free space .*images_path/);
      return true;
    });
    assert.deepEqual(await filesInCache(), []);
  });

  it("ends a body that never ends, one that stalls, and one that is cut short", async () => {
    handlers.set("/endless", (_request, response) => {
      response.on("error", () => {});
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(100_000)));
      };
      response.on("drain", more);
      more();
    });
    handlers.set(
      "/stalled",
      (_request, response) => void response.writeHead(200, { "content-length": 100 }).write("x"),
    );
    handlers.set("/short", (_request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("x");
      setImmediate(() => response.destroy());
    });
    await assert.rejects(
      cache.fetch(`${base}/endless`, { signal }),
      /InsufficientDiskSpace|larger than the whole cache/,
    );
    for (const path of ["/stalled", "/short"])
      await assert.rejects(
        cache.fetch(base + path, { signal }),
        (error: Error) => error.name === "ImageDownloadFailed",
        path,
      );
    assert.deepEqual(await filesInCache(), []);
  });

  it("stops fetching when all who asked have left, and only then", async () => {
    await reopen({ limitBytes: 10_000_000 });
    let answer: ServerResponse | undefined;
    handlers.set("/slow", (_request, response) => {
      answer = response;
      response.writeHead(200, { "content-length": 3_000_000 }).write(Buffer.alloc(2_000_000));
    });
    const [one, two, early] = [new AbortController(), new AbortController(), new AbortController()];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const second = cache.fetch(`${base}/slow`, { signal: two.signal, onProgress: () => begin() });
    const first = cache.fetch(`${base}/slow`, { signal: one.signal });
    const third = cache.fetch(`${base}/slow`, { signal: early.signal });
    early.abort();
    await assert.rejects(third, { name: "AbortError" });
    await begun;
    one.abort();
    await assert.rejects(first, { name: "AbortError" });
    assert.equal(answer?.destroyed, false);
    two.abort();
    await assert.rejects(second, { name: "AbortError" });
    if (answer !== undefined && !answer.destroyed) await once(answer, "close");
    await cache[Symbol.asyncDispose]();
    assert.deepEqual(await filesInCache(), []);
  });

  it("forgets what has not been used for long", async () => {
    (await cache.acquire(serve("/a", "a"), { signal })).release();
    clock += 3_600_001;
    (await cache.acquire(serve("/b", "b"), { signal })).release();
    assert.equal((await filesInCache()).length, 2);
  });

  it("names a missing image without the credentials of its URL, and sends these to no other host", async () => {
    const secret = new URL(`${base}/missing?key=hidden`);
    secret.username = "user";
    secret.password = "hunter2";
    await assert.rejects(cache.fetch(secret.href, { signal }), (error: Error) => {
      assert.match(error.message, /\/missing: .*HTTP 404/);
      assert.ok(!/hunter2|hidden/.test(error.message));
      return true;
    });
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("content");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    handlers.set("/redirect", (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: `http://127.0.0.1:${port}/x` }).end();
    });
    secret.pathname = "/redirect";
    secret.search = "";
    await cache.fetch(secret.href, { signal });
    other.close();
    other.closeAllConnections();
    assert.deepEqual(seen, [`Basic ${Buffer.from("user:hunter2").toString("base64")}`, undefined]);
  });

  it("follows redirects to http only, not for ever, and never to link-local addresses", async () => {
    const redirect = (path: string, location: string) => {
      handlers.set(path, (_request, response) => void response.writeHead(302, { location }).end());
      return base + path;
    };
    const refused: [string, RegExp][] = [
      [redirect("/file", "file:///etc/passwd"), /redirected to a file: URL/],
      [redirect("/meta", "http://169.254.169.254/latest"), /link-local/],
      [redirect("/loop", "/loop"), /more than 5 redirects/],
      ["http://[fe80::1]/x", /link-local/],
      ["ftp://host/x", /give an http:.* https:.* or file:/],
      ["not a url", /give an http:.* https:.* or file:/],
    ];
    for (const [url, why] of refused) await assert.rejects(cache.fetch(url, { signal }), why);
    serve("/target", "content");
    assert.equal((await cache.fetch(redirect("/good", "/target"), { signal })).size, 7);
  });

  it("stays away from this host where the configuration says so, by address, by name and by a redirect from elsewhere", async () => {
    serve("/target", "content");
    const named = base.replace("127.0.0.1", "localhost");
    assert.equal((await cache.fetch(`${named}/target`, { signal })).size, 7);
    await reopen({ access: { allowLocal: false, folders: [] } });
    for (const host of [base, named])
      await assert.rejects(cache.fetch(`${host}/target`, { signal }), /loopback address.*allow_local_image_urls/);
    assert.deepEqual(gets, ["/target"]);
  });

  describe("of what is to be deployed", () => {
    const deployed = { claimedFormat: "qcow2" };

    it("looks at the format before anybody gets the file", async () => {
      await assert.rejects(
        cache.fetch(serve("/said-qcow2", "plain bytes"), { signal, deployed }),
        /said-qcow2 is unacceptable: its format is raw, but image_disk_format says qcow2; correct/,
      );
      await assert.rejects(
        cache.fetch(serve("/disk.vmdk", "# Disk DescriptorFile\n"), { signal, deployed: { claimedFormat: null } }),
        /its format is vmdk, but \[conductor\]permitted_image_formats has raw, qcow2; convert it/,
      );
    });

    it("refuses images that lean on other files", async () => {
      const image = serve("/backed.qcow2", qcow2Header({ backingFile: 512n }));
      await assert.rejects(cache.fetch(image, { signal, deployed }), /backing file; flatten it with qemu-img convert/);
    });

    it("lets the file go again when it was refused", async () => {
      const image = serve("/big", Buffer.alloc(900_000, "x"));
      await assert.rejects(cache.fetch(image, { signal, deployed }), /format is raw/);
      clock += 60_000;
      assert.equal((await cache.fetch(serve("/other", Buffer.alloc(900_000, "y")), { signal })).size, 900_000);
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
