import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readlink, rm, truncate, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BootHttpServer } from "../../../../boot/http/server.ts";
import { silent } from "../../../../common/log.ts";
import { RecordedEvents, TableResolver } from "../doubles.ts";

const limits = { headMs: 300, stallMs: 300, connections: 50 };

describe("the boot HTTP server", () => {
  let resolver: TableResolver;
  let events: RecordedEvents;
  let server: BootHttpServer;
  let folder: string;

  beforeEach(async () => {
    resolver = new TableResolver();
    events = new RecordedEvents();
    server = await BootHttpServer.start({ host: "127.0.0.1", port: 0, resolver, events, log: silent, limits });
    folder = await mkdtemp(join(tmpdir(), "ferric-http-"));
  });

  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const get = (path: string, init: RequestInit = {}) => fetch(server.url + path, init);
  async function big(size: number): Promise<Buffer> {
    const bytes = randomBytes(size);
    await writeFile(join(folder, "big"), bytes);
    resolver.serve("/boot/token/big", { path: join(folder, "big") });
    return bytes;
  }
  /** Sends bytes as they are; resolves with everything that came until the connection was closed. */
  async function raw(text: string): Promise<string> {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(text);
    let all = "";
    socket.on("data", (chunk) => {
      all += chunk.toString("latin1");
    });
    socket.on("error", () => {});
    await once(socket, "close");
    return all;
  }

  it("serves a text with its length and type, and tells that it was fetched", async () => {
    resolver.serve("/boot/token/boot.ipxe", { text: "#!ipxe\n" });
    const answer = await get("/boot/token/boot.ipxe");
    assert.deepEqual(
      [answer.status, answer.headers.get("content-length"), await answer.text()],
      [200, "7", "#!ipxe\n"],
    );
    const fetched = await events.first("boot.fetched");
    assert.deepEqual([fetched.file, fetched.bytes, fetched.protocol], ["boot.ipxe", 7, "http"]);
    assert.ok(!JSON.stringify(events.all).includes("token"));
  });

  it("takes two slashes for one, as shim writes them", async () => {
    resolver.serve("/boot/token/grubx64.efi", { text: "MZ" });
    assert.equal(await (await get("/boot/token//grubx64.efi")).text(), "MZ");
  });

  it("streams a big file intact and lets go of it", async () => {
    const bytes = await big(20_000_000);
    const answer = await get("/boot/token/big");
    assert.ok(Buffer.from(await answer.arrayBuffer()).equals(bytes));
    await events.first("boot.fetched");
    await resolver.releases(1);
  });

  it("answers HEAD with the length and nothing else", async () => {
    await big(1000);
    const answer = await get("/boot/token/big", { method: "HEAD" });
    assert.deepEqual([answer.status, answer.headers.get("content-length"), await answer.text()], [200, "1000", ""]);
    assert.equal(answer.headers.get("accept-ranges"), "bytes");
  });

  it("serves ranges, and says when one lies outside", async () => {
    const bytes = await big(1000);
    const part = await get("/boot/token/big", { headers: { range: "bytes=10-19" } });
    assert.deepEqual([part.status, part.headers.get("content-range")], [206, "bytes 10-19/1000"]);
    assert.ok(Buffer.from(await part.arrayBuffer()).equals(bytes.subarray(10, 20)));
    const outside = await get("/boot/token/big", { headers: { range: "bytes=1000-" } });
    assert.deepEqual([outside.status, outside.headers.get("content-range")], [416, "bytes */1000"]);
  });

  it("serves an empty file", async () => {
    resolver.serve("/boot/token/empty", { text: "" });
    const answer = await get("/boot/token/empty");
    assert.deepEqual([answer.status, answer.headers.get("content-length"), await answer.text()], [200, "0", ""]);
  });

  it("knows no folders, no climbing and no bad encoding", async () => {
    resolver.serve("/boot/token/../../secret", { text: "secret" });
    for (const path of [
      "/",
      "/boot/",
      "/boot/token/",
      "/boot/token/%2e%2e/%2e%2e/secret",
      "/boot/%zz/x",
      "/boot/t/a%00b",
    ])
      assert.equal((await get(path)).status, 404, path);
    assert.match(
      await raw("GET /boot/token/../../secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
      /^HTTP\/1.1 404/,
    );
    assert.match(
      await raw(`GET /boot/${"x".repeat(2000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`),
      /^HTTP\/1.1 404/,
    );
  });

  it("can only be read", async () => {
    const answer = await get("/boot/token/big", { method: "PUT", body: "x" });
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "GET, HEAD"]);
  });

  it("closes connections whose request never ends", async () => {
    assert.match(await raw("GET /boot/token/big HTTP/1.1\r\nX-Slow: "), /^HTTP\/1.1 408|^$/);
  });

  it("frees everything when the client goes away or takes nothing", async () => {
    await big(30_000_000);
    const gone = new AbortController();
    const answer = await get("/boot/token/big", { signal: gone.signal });
    gone.abort();
    await assert.rejects(answer.arrayBuffer());
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.on("error", () => {});
    socket.write("GET /boot/token/big HTTP/1.1\r\nHost: x\r\n\r\n");
    socket.pause();
    await resolver.releases(2);
    socket.destroy();
    assert.deepEqual(await openFilesBelow(folder), []);
    assert.ok(!events.all.some((event) => event.body.type === "boot.fetched"));
  });

  it("cuts the connection rather than end a file that became shorter as if it were whole", async () => {
    await big(30_000_000);
    const answer = await get("/boot/token/big");
    await truncate(join(folder, "big"), 1000);
    await assert.rejects(answer.arrayBuffer());
  });

  it("says 500 when the file cannot be read, and stays alive", async () => {
    resolver.serve("/boot/token/lost", { path: join(folder, "lost") });
    assert.equal((await get("/boot/token/lost")).status, 500);
    assert.equal((await get("/boot/token/none")).status, 404);
    await resolver.releases(1);
  });
});

/** Files below `folder` that this process has open (Linux). */
async function openFilesBelow(folder: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd").catch(() => []);
  const targets = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
  return targets.filter((target) => target.startsWith(folder));
}
