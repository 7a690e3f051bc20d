import { strict as assert } from "node:assert";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StubService, startStubService } from "../support/stub-service.ts";
import { MIB, writeBench } from "../support/write-bench.ts";

describe("a raw image", () => {
  let folder: string;
  let stub: StubService;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-raw-"));
    stub = await startStubService();
  });

  after(async () => {
    await stub.close();
    await rm(folder, { recursive: true, force: true });
  });

  beforeEach(() => {
    stub.files.clear();
    stub.requests.length = 0;
  });

  it("lies on the disk byte by byte, and the rest of the disk is left alone", async () => {
    const image = randomBytes(9 * MIB + 7);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    await bench.write("/i");
    const disk = await bench.content();
    assert.ok(disk.subarray(0, image.length).equals(image));
    assert.ok(disk.subarray(image.length).equals(bench.old.subarray(image.length)));
  });

  it("has its zeros written over what the disk held", async () => {
    const image = Buffer.concat([randomBytes(MIB), Buffer.alloc(12 * MIB), randomBytes(MIB)]);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    await bench.write("/i");
    assert.ok((await bench.content()).subarray(0, image.length).equals(image));
  });

  for (const [what, discard] of [
    ["honest", undefined],
    ["lying (says yes, keeps the data)", async () => true],
    ["unable to discard", async () => false],
  ] as const) {
    it(`is right on a disk discarded before that is ${what}`, async () => {
      const image = Buffer.concat([randomBytes(MIB), Buffer.alloc(12 * MIB), randomBytes(MIB)]);
      stub.files.set("/i", { body: image });
      const device = discard === undefined ? {} : { discard };
      const bench = await writeBench(folder, stub, { parameters: { "ipa-ferric-discard": "true" }, device });
      await bench.write("/i");
      assert.ok((await bench.content()).subarray(0, image.length).equals(image));
    });
  }

  it("with another checksum fails naming both, and leaves no partition table", async () => {
    const image = randomBytes(8 * MIB);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    const expected = "0".repeat(64);
    const found = createHash("sha256").update(image).digest("hex");
    await assert.rejects(bench.write("/i", { info: { os_hash_value: expected } }), (error: Error) => {
      assert.equal(error.name, "ImageChecksumError");
      assert.ok(error.message.includes(expected) && error.message.includes(found));
      return true;
    });
    const disk = await bench.content();
    assert.ok(disk.subarray(0, MIB).equals(Buffer.alloc(MIB)));
    assert.ok(disk.subarray(-MIB).equals(Buffer.alloc(MIB)));
  });

  it("larger than the disk is refused before anything is written", async () => {
    stub.files.set("/i", { body: randomBytes(25 * MIB) });
    const bench = await writeBench(folder, stub);
    await assert.rejects(
      bench.write("/i"),
      /image-1 has 26214400 bytes but the disk .* only 25165824.*choose a larger disk/,
    );
    assert.ok((await bench.content()).equals(bench.old));
  });

  it("that grows larger than the disk without having told its size fails, and the tables are wiped", async () => {
    stub.files.set("/i", { body: randomBytes(25 * MIB), chunked: true });
    const bench = await writeBench(folder, stub);
    await assert.rejects(bench.write("/i"), /more than the 25165824 bytes of the disk/);
    assert.ok((await bench.content()).subarray(0, MIB).equals(Buffer.alloc(MIB)));
  });

  it("that is really a qcow2 image is refused before anything is written", async () => {
    const image = Buffer.concat([Buffer.from([0x51, 0x46, 0x49, 0xfb, 0, 0, 0, 3]), randomBytes(MIB)]);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    await assert.rejects(bench.write("/i"), /said to be raw but is qcow2/);
    assert.ok((await bench.content()).equals(bench.old));
  });

  it("is fetched on from where the connection broke when the server can", async () => {
    const image = randomBytes(10 * MIB);
    stub.files.set("/i", { body: image, ranges: true, headers: { etag: '"one"' }, cutAfter: [5 * MIB] });
    const bench = await writeBench(folder, stub);
    await bench.write("/i");
    assert.ok((await bench.content()).subarray(0, image.length).equals(image));
    assert.match(stub.requests[1] ?? "", /^GET \/i bytes=\d+-$/);
  });

  it("is fetched anew when the server cannot go on", async () => {
    const image = randomBytes(10 * MIB);
    stub.files.set("/i", { body: image, cutAfter: [5 * MIB] });
    const bench = await writeBench(folder, stub);
    await bench.write("/i");
    assert.ok((await bench.content()).subarray(0, image.length).equals(image));
    assert.deepEqual(stub.requests, ["GET /i", "GET /i"]);
  });

  it("fails after the set number of tries, the tables wiped", async () => {
    stub.files.set("/i", { body: randomBytes(10 * MIB), cutAfter: [MIB, MIB, MIB, MIB] });
    const bench = await writeBench(folder, stub);
    await assert.rejects(bench.write("/i"), /after 3 tries/);
    assert.equal(stub.requests.length, 3);
    assert.ok((await bench.content()).subarray(0, MIB).equals(Buffer.alloc(MIB)));
  });

  it("that is not there fails at once, naming status and URL without its query", async () => {
    const bench = await writeBench(folder, stub);
    const info = { urls: [`${stub.url}/gone?signature=hidden`] };
    await assert.rejects(bench.write("/i", { info }), (error: Error) => {
      assert.match(error.message, /\/gone\?\.\.\.: the server answered HTTP 404/);
      assert.ok(!error.message.includes("hidden"));
      return true;
    });
    assert.equal(stub.requests.length, 1);
    assert.ok((await bench.content()).equals(bench.old));
  });

  it("comes from the next URL when the first has none", async () => {
    const image = randomBytes(MIB);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    await bench.write("/i", { info: { urls: [`${stub.url}/gone`, `${stub.url}/i`] } });
    assert.ok((await bench.content()).subarray(0, MIB).equals(image));
  });

  it("from a server that never answers fails after the stall limit", async () => {
    stub.files.set("/i", { body: Buffer.alloc(0), silent: true });
    const bench = await writeBench(folder, stub, {
      parameters: { "ipa-image-download-connection-timeout": "0.1", "ipa-image-download-connection-retries": "1" },
    });
    await assert.rejects(bench.write("/i"), /no byte for 0\.1 s, after 2 tries/);
  });

  it("redirected to a file or another scheme is refused", async () => {
    stub.files.set("/i", { body: Buffer.alloc(0), status: 302, headers: { location: "file:///etc/passwd" } });
    const bench = await writeBench(folder, stub);
    await assert.rejects(bench.write("/i"), /file: is not supported/);
    assert.ok((await bench.content()).equals(bench.old));
  });

  it("without a disk_format is told by its first bytes", async () => {
    const image = randomBytes(MIB);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    await bench.write("/i", { info: { disk_format: null } });
    assert.ok((await bench.content()).subarray(0, MIB).equals(image));
  });

  it("is kept in memory first when streaming is switched off", async () => {
    const image = randomBytes(3 * MIB);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    await bench.write("/i", { info: { stream_raw_images: false } });
    assert.ok((await bench.content()).subarray(0, image.length).equals(image));
    await assert.rejects(
      bench.write("/i", { info: { stream_raw_images: false, os_hash_value: "1".repeat(64) } }),
      /expected 1{64}/,
    );
    assert.ok(
      (await bench.content()).subarray(0, image.length).equals(image),
      "nothing may be written before the checksum holds",
    );
  });
});
