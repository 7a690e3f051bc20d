import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { listening } from "../../support/loopback.ts";
import { CacheBench } from "./cache-bench.ts";

const signal = new AbortController().signal;

describe("the image cache, fetching over HTTP", () => {
  let bench: CacheBench;

  beforeEach(async () => {
    bench = await CacheBench.start();
  });
  afterEach(async () => {
    await bench[Symbol.asyncDispose]();
  });

  it("ends a body that never ends, one that stalls, and one that is cut short", async () => {
    await bench.reopen({ stallMs: 500 });
    bench.handlers.set("/endless", (_request, response) => {
      response.on("error", () => {});
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(100_000)));
      };
      response.on("drain", more);
      more();
    });
    bench.handlers.set(
      "/stalled",
      (_request, response) => void response.writeHead(200, { "content-length": 100 }).write("x"),
    );
    bench.handlers.set("/short", (_request, response) => {
      response.writeHead(200, { "content-length": 100 }).write("x");
      setImmediate(() => response.destroy());
    });
    await assert.rejects(
      bench.cache.fetch(`${bench.base}/endless`, { signal }),
      /InsufficientDiskSpace|larger than the whole cache/,
    );
    for (const path of ["/stalled", "/short"])
      await assert.rejects(
        bench.cache.fetch(bench.base + path, { signal }),
        (error: Error) => error.name === "ImageDownloadFailed",
        path,
      );
    assert.deepEqual(await bench.files(), []);
  });

  it("stops fetching when all who asked have left, and only then", async () => {
    await bench.reopen({ limitBytes: 10_000_000 });
    let answer: ServerResponse | undefined;
    bench.handlers.set("/slow", (_request, response) => {
      answer = response;
      response.writeHead(200, { "content-length": 3_000_000 }).write(Buffer.alloc(2_000_000));
    });
    const [one, two, early] = [new AbortController(), new AbortController(), new AbortController()];
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const second = bench.cache.fetch(`${bench.base}/slow`, { signal: two.signal, onProgress: () => begin() });
    const first = bench.cache.fetch(`${bench.base}/slow`, { signal: one.signal });
    const third = bench.cache.fetch(`${bench.base}/slow`, { signal: early.signal });
    early.abort();
    await assert.rejects(third, { name: "AbortError" });
    await begun;
    one.abort();
    await assert.rejects(first, { name: "AbortError" });
    assert.equal(answer?.destroyed, false);
    two.abort();
    await assert.rejects(second, { name: "AbortError" });
    if (answer !== undefined && !answer.destroyed) await once(answer, "close");
    await bench.cache[Symbol.asyncDispose]();
    assert.deepEqual(await bench.files(), []);
  });

  it("names a missing image without the credentials of its URL, and sends these to no other host", async () => {
    const secret = new URL(`${bench.base}/missing?key=hidden`);
    secret.username = "user";
    secret.password = "hunter2";
    await assert.rejects(bench.cache.fetch(secret.href, { signal }), (error: Error) => {
      assert.match(error.message, /\/missing: .*HTTP 404/);
      assert.ok(!/hunter2|hidden/.test(error.message));
      return true;
    });
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end("content");
    });
    const elsewhere = `http://127.0.0.1:${await listening(other)}`;
    bench.handlers.set("/redirect", (request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(302, { location: `${elsewhere}/x` }).end();
    });
    secret.pathname = "/redirect";
    secret.search = "";
    await bench.cache.fetch(secret.href, { signal });
    other.close();
    other.closeAllConnections();
    assert.deepEqual(seen, [`Basic ${Buffer.from("user:hunter2").toString("base64")}`, undefined]);
  });

  it("follows redirects to http only, not for ever, and never to link-local addresses", async () => {
    const redirect = (path: string, location: string) => {
      bench.handlers.set(path, (_request, response) => void response.writeHead(302, { location }).end());
      return bench.base + path;
    };
    const refused: [string, RegExp][] = [
      [redirect("/file", "file:///etc/passwd"), /redirected to a file: URL/],
      [redirect("/meta", "http://169.254.169.254/latest"), /link-local/],
      [redirect("/loop", "/loop"), /more than 5 redirects/],
      ["http://[fe80::1]/x", /link-local/],
      ["ftp://host/x", /give an http:.* https:.* or file:/],
      ["not a url", /give an http:.* https:.* or file:/],
    ];
    for (const [url, why] of refused) await assert.rejects(bench.cache.fetch(url, { signal }), why);
    bench.serve("/target", "content");
    assert.equal((await bench.cache.fetch(redirect("/good", "/target"), { signal })).size, 7);
  });

  it("stays away from this host where the configuration says so, by address, by name and by a redirect from elsewhere", async () => {
    bench.serve("/target", "content");
    const named = bench.base.replace("127.0.0.1", "localhost");
    assert.equal((await bench.cache.fetch(`${named}/target`, { signal })).size, 7);
    await bench.reopen({ access: { allowLocal: false, folders: [] } });
    for (const host of [bench.base, named])
      await assert.rejects(bench.cache.fetch(`${host}/target`, { signal }), /loopback address.*allow_local_image_urls/);
    assert.deepEqual(bench.gets, ["/target"]);
  });
});
