import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { checkImage, inspectImage } from "../../../conductor/images/format.ts";

const run = promisify(execFile);
const PERMITTED = ["raw", "gpt", "qcow2", "iso"];

/** A qcow2 version 3 header, with fields changed by `edit`. */
function qcow2(edit: (header: Buffer) => void = () => {}): Buffer {
  const header = Buffer.alloc(512);
  header.write("QFI\xfb", 0, "latin1");
  header.writeUInt32BE(3, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(1n << 30n, 24);
  header.writeUInt32BE(104, 100);
  edit(header);
  return header;
}

const at = (offset: number, bytes: string | readonly number[], size = 65_536): Buffer => {
  const image = Buffer.alloc(size);
  image.set(Buffer.from(bytes as string, "latin1"), offset);
  return image;
};

describe("the image inspector", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-format-"));
  });
  after(() => rm(folder, { recursive: true }));

  async function inspect(bytes: Buffer) {
    const path = join(folder, "image");
    await writeFile(path, bytes);
    return inspectImage(path);
  }

  it("tells formats by their bytes", async () => {
    const mbr = at(510, [0x55, 0xaa], 1024);
    mbr[446 + 4] = 0x83;
    const hybrid = at(0x8001, "CD001");
    hybrid.set(mbr.subarray(440, 512), 440);
    const vdi = at(64, [0x7f, 0x10, 0xda, 0xbe]);
    const table: [string, Buffer][] = [
      ["raw", Buffer.from("anything")],
      ["raw", at(510, [0x55, 0xaa], 1024)],
      ["gpt", at(512, "EFI PART")],
      ["gpt", at(4096, "EFI PART")],
      ["mbr", mbr],
      ["iso", at(0x8001, "CD001")],
      ["iso", hybrid],
      ["qcow2", qcow2()],
      ["vmdk", Buffer.from("KDMV....")],
      ["vmdk", Buffer.from("# Disk DescriptorFile\nRW 1 FLAT /etc/passwd")],
      ["vhd", at(0, "conectix")],
      ["vhd", at(1024 - 512, "conectix", 1024)],
      ["vhdx", at(0, "vhdxfile")],
      ["vdi", vdi],
      ["qed", Buffer.from("QED\0....")],
      ["luks", at(0, "LUKS\xba\xbe")],
    ];
    for (const [format, bytes] of table) assert.equal((await inspect(bytes)).format, format);
  });

  it("refuses qcow2 images that point outside themselves or that it does not understand", async () => {
    const cases: [RegExp, (header: Buffer) => void][] = [
      [/backing file/, (header) => header.writeBigUInt64BE(512n, 8)],
      [/backing file/, (header) => header.writeUInt32BE(5, 16)],
      [/external qcow2 data file/, (header) => header.writeBigUInt64BE(4n, 72)],
      [/external qcow2 data file/, (header) => header.writeUInt32BE(0x44415441, 104)],
      [/unknown qcow2 features \(0x20\)/, (header) => header.writeBigUInt64BE(32n, 72)],
      [/corrupt/, (header) => header.writeBigUInt64BE(2n, 72)],
      [/encrypted/, (header) => header.writeUInt32BE(2, 32)],
      [/version 9/, (header) => header.writeUInt32BE(9, 4)],
      [/cluster size/, (header) => header.writeUInt32BE(60, 20)],
      [/disk size/, (header) => header.writeBigUInt64BE(1n << 63n, 24)],
      [/header length/, (header) => header.writeUInt32BE(105, 100)],
      [/extension is longer/, (header) => header.set([0, 0, 0, 1, 255, 255, 255, 255], 104)],
    ];
    for (const [why, edit] of cases) await assert.rejects(inspect(qcow2(edit)), why);
    await assert.rejects(inspect(qcow2().subarray(0, 60)), /cut short/);
    await assert.rejects(inspect(Buffer.alloc(0)), /empty/);
  });

  it("takes what qemu-img makes, and refuses its backed and data-file images", async function () {
    const path = (name: string) => join(folder, name);
    const create = (...args: string[]) => run("qemu-img", ["create", "-q", ...args]);
    await create("-f", "qcow2", path("good"), "64M").catch((error) => {
      if (error.code === "ENOENT") this.skip();
      throw error;
    });
    assert.deepEqual(await inspectImage(path("good")).then(({ format, virtualSize }) => [format, virtualSize]), [
      "qcow2",
      64 << 20,
    ]);
    await create("-f", "qcow2", "-o", "compat=0.10", path("old"), "1M");
    assert.equal((await inspectImage(path("old"))).format, "qcow2");
    await create("-f", "qcow2", "-b", path("good"), "-F", "qcow2", path("backed"));
    await assert.rejects(inspectImage(path("backed")), /backing file/);
    await create("-f", "qcow2", "-o", `data_file=${path("data")}`, path("split"), "1M");
    await assert.rejects(inspectImage(path("split")), /data file/);
    await create("-f", "vmdk", path("vmdk"), "1M");
    assert.equal((await inspectImage(path("vmdk"))).format, "vmdk");
  });

  it("survives any header", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (tail) => {
        const bytes = Buffer.concat([Buffer.from("QFI\xfb\0\0\0\x03", "latin1"), Buffer.from(tail)]);
        await inspect(bytes).catch((error: Error) => assert.equal(error.name, "ImageUnacceptable"));
      }),
      { numRuns: 100 },
    );
  });

  it("holds an image to what is permitted and what is claimed", async () => {
    const path = join(folder, "check");
    const check = async (bytes: Buffer, claimed: string | null, permitted = PERMITTED) => {
      await writeFile(path, bytes);
      return checkImage(path, { image: "http://images/x", permitted, claimed });
    };
    assert.equal((await check(qcow2(), "qcow2")).format, "qcow2");
    assert.equal((await check(at(512, "EFI PART"), "raw")).format, "gpt");
    assert.equal((await check(Buffer.from("plain"), null)).format, "raw");
    await assert.rejects(check(qcow2(), "raw"), /http:\/\/images\/x.*format is qcow2, but image_disk_format says raw/);
    await assert.rejects(check(Buffer.from("KDMV"), null), /permitted_image_formats has raw,gpt,qcow2,iso|raw, gpt/);
    await assert.rejects(check(Buffer.from("plain"), "qcow2"), /format is raw/);
  });
});
