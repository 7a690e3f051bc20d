import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { OPCODE } from "../../../../boot/tftp/packet.ts";
import { TftpServer } from "../../../../boot/tftp/server.ts";
import { silent } from "../../../../common/log.ts";
import { sendFromPort0 } from "../../../support/from-port-0.ts";
import { RecordedEvents, TableResolver } from "../doubles.ts";
import { optionsOf, TftpClient } from "./client.ts";

const run = promisify(execFile);
const limits = { firstTries: 2, tries: 2, longestWaitMs: 40, transfers: 20, perSource: 4 };

describe("the TFTP server", () => {
  let resolver: TableResolver;
  let events: RecordedEvents;
  let server: TftpServer;
  let client: TftpClient;
  let folder: string;

  beforeEach(async () => {
    resolver = new TableResolver();
    events = new RecordedEvents();
    const options = { host: "127.0.0.1", port: 0, resolver, events, log: silent, timeoutMs: 20, limits };
    server = await TftpServer.start(options);
    client = await TftpClient.open(server.port);
    folder = await mkdtemp(join(tmpdir(), "ferric-tftp-"));
  });

  afterEach(async () => {
    await client[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const refusal = async (name: string, mode = "octet") => {
    client.read(name, {}, mode);
    const answer = await client.next();
    assert.equal(answer.opcode, OPCODE.ERROR);
    return answer.number;
  };

  it("serves curl a file of several megabytes, bytes intact", async function () {
    const bytes = randomBytes(3_000_000);
    await writeFile(join(folder, "in"), bytes);
    resolver.serve("kernel", { path: join(folder, "in") });
    const url = `tftp://127.0.0.1:${server.port}/kernel`;
    await run("curl", ["-sS", "--tftp-blksize", "8192", "-o", join(folder, "out"), url]).catch((error) => {
      if (error.code === "ENOENT") this.skip();
      throw error;
    });
    assert.ok((await readFile(join(folder, "out"))).equals(bytes));
    const { file, bytes: count } = await events.first("boot.fetched");
    assert.deepEqual([file, count], ["kernel", 3_000_000]);
    await resolver.releases(1);
  });

  it("ends a file of whole blocks with an empty one", async () => {
    resolver.serve("even", { text: "x".repeat(1024) });
    client.read("/even");
    const lengths: number[] = [];
    for (let block = 1; block <= 3; block += 1) {
      const data = await client.next();
      lengths.push(data.body.length);
      client.ack(block, data.port);
    }
    assert.deepEqual(lengths, [512, 512, 0]);
    assert.equal((await events.first("boot.fetched")).bytes, 1024);
  });

  it("agrees on block size, size, timeout and window, and on nothing that makes no sense", async () => {
    resolver.serve("file", { text: "x".repeat(3000) });
    client.read("file", { BLKSIZE: "1024", tsize: "0", timeout: "3", windowsize: "2", multicast: "" });
    const agreed = await client.next();
    assert.deepEqual(optionsOf(agreed), { blksize: "1024", tsize: "3000", timeout: "3", windowsize: "2" });
    client.ack(0, agreed.port);
    assert.deepEqual([(await client.next()).number, (await client.next()).number], [1, 2]);
    await using other = await TftpClient.open(server.port);
    other.read("file", { blksize: "0", timeout: "256", windowsize: "0", tsize: "x" });
    assert.equal((await other.next()).opcode, OPCODE.DATA);
  });

  it("sends a window again from the first block that was lost", async () => {
    resolver.serve("file", { text: "abcdefgh".repeat(8) });
    client.read("file", { blksize: "8", windowsize: "4" });
    const agreed = await client.next();
    client.ack(0, agreed.port);
    for (let block = 1; block <= 4; block += 1) assert.equal((await client.next()).number, block);
    client.ack(2, agreed.port);
    for (let block = 3; block <= 6; block += 1) assert.equal((await client.next()).number, block);
    client.ack(6, agreed.port);
    for (let block = 7; block <= 9; block += 1) assert.equal((await client.next()).number, block);
    client.ack(9, agreed.port);
    assert.equal((await events.first("boot.fetched")).bytes, 64);
  });

  it("counts blocks beyond 65535 from zero again", async () => {
    const size = 8 * 65_540 + 3;
    const bytes = randomBytes(size);
    await writeFile(join(folder, "long"), bytes);
    resolver.serve("long", { path: join(folder, "long") });
    client.read("long", { blksize: "8", windowsize: "64" });
    const agreed = await client.next();
    client.ack(0, agreed.port);
    const hash = createHash("sha256");
    for (let block = 1; block <= 65_541; block += 1) {
      let data = await client.next();
      // A slow machine makes the server repeat: what came already is skipped, a wrong number waits for ever.
      while (data.number !== (block & 0xffff)) data = await client.next();
      hash.update(data.body);
      if (block % 64 === 0 || block === 65_541) client.ack(block, data.port);
    }
    assert.equal(hash.digest("hex"), createHash("sha256").update(bytes).digest("hex"));
  });

  it("repeats a lost block, then gives up", async () => {
    resolver.serve("file", { text: "short" });
    client.read("file");
    const packets = [await client.next(), await client.next(), await client.next(), await client.next()];
    assert.deepEqual(
      packets.map((packet) => packet.opcode),
      [3, 3, 3, 5],
    );
    await resolver.releases(1);
  });

  it("does not send a block twice for an acknowledgement that came twice", async () => {
    resolver.serve("file", { text: "x".repeat(600) });
    client.read("file");
    const first = await client.next();
    client.ack(1, first.port);
    client.ack(1, first.port);
    assert.equal((await client.next()).number, 2);
    client.ack(2, first.port);
    await events.first("boot.fetched");
    assert.equal(client.waiting, 0);
  });

  it("starts one transfer for a request that was sent twice", async () => {
    resolver.serve("file", { text: "x" });
    client.read("file");
    client.read("file");
    const [one, two] = [await client.next(), await client.next()];
    assert.equal(one.port, two.port);
    assert.equal(server.size, 1);
  });

  it("does not hear another sender on a transfer's port", async () => {
    resolver.serve("file", { text: "x".repeat(600) });
    client.read("file");
    const first = await client.next();
    await using stranger = await TftpClient.open(server.port);
    stranger.ack(1, first.port);
    assert.equal((await client.next()).number, 1);
    assert.equal(stranger.waiting, 0);
  });

  it("answers what is not there, not allowed or not understood with errors 1, 2 and 4", async () => {
    assert.equal(await refusal("nothing"), 1);
    assert.equal(await refusal("../../etc/passwd"), 2);
    assert.equal(await refusal("a\\..\\..\\b"), 2);
    assert.equal(await refusal("x".repeat(300)), 2);
    assert.equal(await refusal("bad\nname"), 2);
    assert.equal(await refusal("file", "mail"), 4);
    client.send(Buffer.from("\0\x02file\0octet\0", "latin1"));
    assert.equal((await client.next()).number, 2);
    client.send(Buffer.from("\0\x01file without end", "latin1"));
    assert.equal((await client.next()).number, 4);
  });

  it("never sends more than one small packet to a source that has not answered", async () => {
    await writeFile(join(folder, "big"), Buffer.alloc(1_000_000));
    resolver.serve("big", { path: join(folder, "big") });
    client.read("big", { blksize: "65464", windowsize: "64" });
    const sent = [await client.next(), await client.next(), await client.next(), await client.next()];
    assert.deepEqual(
      sent.map((packet) => packet.opcode),
      [OPCODE.OACK, OPCODE.OACK, OPCODE.OACK, OPCODE.ERROR],
    );
    assert.ok(sent.every((packet) => packet.body.length < 64));
  });

  it("keeps few transfers a source, whatever it asks for", async () => {
    let asked = 0;
    resolver.tftpFile = () => {
      asked += 1;
      return new Promise((resolve) => setTimeout(() => resolve(null), 50));
    };
    const clients = await Promise.all(Array.from({ length: 10 }, () => TftpClient.open(server.port)));
    for (const one of clients) for (let at = 0; at < 20; at += 1) one.read("file");
    await Promise.race(clients.map((one) => one.next()));
    assert.ok(asked <= limits.perSource, `${asked} asked`);
    await Promise.all(clients.map((one) => one[Symbol.asyncDispose]()));
  });

  it("survives garbage on its port and on a transfer's", async () => {
    resolver.serve("file", { text: "x".repeat(600) });
    void fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), (bytes) => client.send(Buffer.from(bytes))),
      { numRuns: 200 },
    );
    await using other = await TftpClient.open(server.port);
    other.read("file");
    const first = await other.next();
    for (const bytes of [[], [0], [0, 4], [0, 4, 9, 9], [255, 255, 255, 255]])
      other.send(Buffer.from(bytes), first.port);
    other.ack(1, first.port);
    let answer = await other.next();
    while (answer.number === 1) answer = await other.next();
    assert.equal(answer.number, 2);
  });

  it("drops what comes from port 0, where nobody can be answered", async function () {
    resolver.serve("file", { text: "x" });
    for (const packet of ["\0\x01file\0octet\0", "\0\x01nothing\0octet\0", "\0\x02file\0octet\0"])
      if (!(await sendFromPort0(server.port, Buffer.from(packet, "latin1")))) return this.skip();
    client.read("file");
    assert.equal((await client.next()).opcode, OPCODE.DATA);
    assert.equal(server.size, 1);
  });

  it("stops at once in the middle of a transfer, and tells the client", async () => {
    resolver.serve("file", { text: "x".repeat(600) });
    client.read("file");
    await client.next();
    await server[Symbol.asyncDispose]();
    assert.equal((await client.next()).opcode, OPCODE.ERROR);
    server = await TftpServer.start({ host: "127.0.0.1", port: 0, resolver, events, log: silent });
  });
});
