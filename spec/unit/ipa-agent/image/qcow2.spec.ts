import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type StubService, startStubService } from "../support/stub-service.ts";
import { MIB, writeBench } from "../support/write-bench.ts";

describe("a qcow2 image", () => {
  let folder: string;
  let stub: StubService;
  const raw = Buffer.concat([randomBytes(MIB), Buffer.alloc(8 * MIB), randomBytes(MIB)]);
  const qcow2 = { disk_format: "qcow2" };

  const make = async (name: string, ...options: string[]) => {
    const source = join(folder, "source.raw");
    await writeFile(source, raw);
    const path = join(folder, name);
    execFileSync("qemu-img", ["convert", "-f", "raw", "-O", "qcow2", ...options, source, path]);
    return readFile(path);
  };

  before(async function () {
    try {
      execFileSync("qemu-img", ["--version"]);
    } catch {
      console.log("      left out: qemu-img is not installed");
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "ferric-qcow2-"));
    stub = await startStubService();
  });

  after(async () => {
    await stub?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  for (const [what, options] of [
    ["plain", []],
    ["compressed with zlib", ["-c"]],
    ["compressed with zstd", ["-c", "-o", "compression_type=zstd"]],
    ["of version 2", ["-o", "compat=0.10"]],
  ] as const) {
    it(`${what} is written with its holes as zeros over old data`, async () => {
      stub.files.set("/i", { body: await make("i.qcow2", ...options) });
      const bench = await writeBench(folder, stub);
      await bench.write("/i", { info: qcow2 });
      const disk = await bench.content();
      assert.ok(disk.subarray(0, raw.length).equals(raw));
      assert.ok(disk.subarray(raw.length).equals(bench.old.subarray(raw.length)));
      assert.deepEqual(await readdir(join(folder, "images")), [], "the image must not stay in memory");
    });
  }

  it("without a disk_format is told by its first bytes", async () => {
    stub.files.set("/i", { body: await make("i.qcow2") });
    const bench = await writeBench(folder, stub);
    await bench.write("/i", { info: { disk_format: null } });
    assert.ok((await bench.content()).subarray(0, raw.length).equals(raw));
  });

  const refused = async (content: Buffer, reason: RegExp, options: Parameters<typeof writeBench>[2] = {}) => {
    stub.files.set("/i", { body: content });
    const bench = await writeBench(folder, stub, options);
    await assert.rejects(bench.write("/i", { info: qcow2 }), reason);
    assert.ok((await bench.content()).equals(bench.old), "the disk must be untouched");
  };

  it("with a backing file is refused before any write", async () => {
    await make("base.qcow2");
    const path = join(folder, "top.qcow2");
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", "base.qcow2", path], { cwd: folder });
    await refused(await readFile(path), /has a backing file; flatten it/);
  });

  it("with its data in another file is refused", async () => {
    const path = join(folder, "external.qcow2");
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-o", "data_file=external.raw", path, "10M"], {
      cwd: folder,
    });
    await refused(await readFile(path), /external file|external data file/);
  });

  it("with unknown incompatible features is refused", async () => {
    const image = Buffer.from(await make("i.qcow2"));
    image.writeBigUInt64BE(1n << 20n, 72);
    await refused(image, /unknown incompatible features 0x100000/);
  });

  it("that was not closed is refused", async () => {
    const image = Buffer.from(await make("i.qcow2"));
    image.writeBigUInt64BE(1n, 72);
    await refused(image, /dirty bit/);
  });

  it("whose disk is larger than the machine's is refused", async () => {
    const path = join(folder, "large.qcow2");
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", path, "1G"]);
    await refused(await readFile(path), /becomes 1073741824 bytes but the disk .* has only 25165824/);
  });

  it("too large for the memory is refused, naming size, memory and remedy", async () => {
    const image = await make("i.qcow2");
    await refused(image, /needs 3 MiB or more of memory .* has 1 MiB to give; use a raw image/, { memory: MIB });
  });

  it("that the converter fails on leaves no partition table", async () => {
    const image = Buffer.from(await make("i.qcow2"));
    // A level 1 table that does not begin at a cluster.
    image.writeBigUInt64BE(0x12345n, 40);
    stub.files.set("/i", { body: image });
    const bench = await writeBench(folder, stub);
    await assert.rejects(bench.write("/i", { info: qcow2 }), /qemu-img|prlimit/);
    assert.ok((await bench.content()).subarray(0, MIB).equals(Buffer.alloc(MIB)));
  });

  it("that is none is refused", async () => {
    await refused(randomBytes(MIB), /is not a qcow2 image though its disk_format says so/);
  });
});
