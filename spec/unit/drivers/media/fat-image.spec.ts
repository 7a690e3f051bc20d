import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildFat, FLOPPY_SECTORS } from "../../../../drivers/media/fat-image.ts";
import { FatVolume } from "../../../../ipa-agent/boot-entry/fat-volume.ts";
import { hasPrograms } from "../../../support/programs.ts";

const FILES = [
  { path: "EFI/BOOT/BOOTX64.EFI", content: Buffer.alloc(70_001, "shim") },
  { path: "EFI/BOOT/GRUBX64.EFI", content: Buffer.alloc(3_843_520, "grub") },
  { path: "openstack/latest/network_data.json", content: Buffer.from("{}") },
  { path: "parameters.txt", content: Buffer.from("a=b\n") },
  { path: "a name of more than thirteen characters.text", content: Buffer.alloc(0) },
];

describe("FAT images", () => {
  let folder: string;
  let path: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-fat-"));
    path = join(folder, "fat.img");
  });
  after(() => rm(folder, { recursive: true }));

  for (const [what, files, sectors] of [
    ["as large as their files", FILES, undefined],
    ["of a floppy", FILES.slice(2), FLOPPY_SECTORS],
    [
      "of a system partition larger than small clusters allow",
      [{ path: "EFI/BOOT/X.EFI", content: Buffer.alloc(20 << 20, 7) }],
      undefined,
    ],
  ] as const)
    describe(what, () => {
      before(() => writeFile(path, buildFat("ir-vfd-dev", files, sectors)));

      it("are read as they were written, by the reader of our agent", async () => {
        await using file = await open(path);
        const volume = await FatVolume.open(file, 0);
        for (const { path: name, content } of files)
          assert.ok((await volume.read(name, content.length + 10)).equals(content), name);
      });

      it("are read as they were written, by mtools", async function () {
        if (!hasPrograms("mcopy")) this.skip();
        for (const { path: name, content } of files) {
          execFileSync("mcopy", ["-n", "-o", "-i", path, `::/${name}`, join(folder, "out")]);
          assert.ok((await readFile(join(folder, "out"))).equals(content), name);
        }
      });

      it("are found without fault by fsck", function () {
        if (!hasPrograms("fsck.vfat")) this.skip();
        execFileSync("fsck.vfat", ["-n", path]);
      });
    });

  it("have the size and the mark of a floppy, and its label as the agent looks for it", () => {
    const image = buildFat("ir-vfd-dev", [], FLOPPY_SECTORS);
    assert.equal(image.length, 1_474_560);
    assert.deepEqual([image[21], image.toString("latin1", 43, 54)], [0xf0, "ir-vfd-dev "]);
  });

  it("are not made of what does not fit", () => {
    const large = [{ path: "x", content: Buffer.alloc(2 << 20) }];
    assert.throws(() => buildFat("x", large, FLOPPY_SECTORS), /do not fit/);
    assert.throws(() => buildFat("x", [{ path: "a\nb", content: Buffer.alloc(1) }]), /cannot be a name/);
  });

  it("are the same at every building", () => {
    assert.ok(buildFat("x", FILES).equals(buildFat("x", FILES)));
  });
});
