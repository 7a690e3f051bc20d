import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BootIsoSource } from "../../../../common/boot-media.ts";
import {
  type BootMediumParts,
  bootMedium,
  ISO_FILES,
  parametersFloppy,
} from "../../../../drivers/media/boot-medium.ts";
import { buildFat } from "../../../../drivers/media/fat-image.ts";
import type { IsoImage } from "../../../../drivers/media/iso9660.ts";
import { hasPrograms } from "../../../support/programs.ts";

const TOKEN = "secret-token-of-this-node";
const NETWORK = { links: [], networks: [], services: [{ type: "dns", address: "10.0.0.1" }] };
const image = { url: "http://images/x", sha256: "0" };
const SOURCE: BootIsoSource = {
  kind: "boot-iso",
  kernel: image,
  initramfs: image,
  bootloader: null,
  arch: "x86_64",
  firmware: "uefi",
  words: [
    ["nofb", null],
    ["console", "ttyS0,115200"],
    ["root_device", "model=Big Disk"],
  ],
  networkData: NETWORK,
  token: "files",
  grubConfigPath: "EFI/BOOT/grub.cfg",
};
const KERNEL = Buffer.alloc(5000, "kernel");
const INITRAMFS = Buffer.alloc(123_456, "initramfs");
const EFI = buildFat("FERRIC", [{ path: "EFI/BOOT/BOOTX64.EFI", content: Buffer.alloc(90_000, 1) }]);
const ISOLINUX = new Map([
  ["isolinux.bin", Buffer.from(Array.from({ length: 4001 }, (_, index) => index % 251))],
  ["ldlinux.c32", Buffer.alloc(100, 2)],
]);
const PARTS: BootMediumParts = {
  kernelBytes: KERNEL.length,
  initramfsBytes: INITRAMFS.length,
  efiBytes: EFI.length,
  isolinux: ISOLINUX,
  token: TOKEN,
};

/** As it is served. */
function whole({ head, outside, size }: IsoImage): Buffer {
  const contents: Readonly<Record<string, Buffer>> = {
    [ISO_FILES.kernel]: KERNEL,
    [ISO_FILES.initramfs]: INITRAMFS,
    [ISO_FILES.efi]: EFI,
  };
  const all = Buffer.alloc(size);
  head.copy(all);
  for (const { path, at } of outside) contents[path]?.copy(all, at);
  return all;
}

describe("a boot medium", () => {
  let folder: string;
  let iso: string;

  before(async function () {
    if (!hasPrograms("isoinfo")) this.skip();
    folder = await mkdtemp(join(tmpdir(), "ferric-medium-"));
    iso = join(folder, "boot.iso");
    await writeFile(iso, whole(bootMedium(SOURCE, PARTS)));
  });
  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true });
  });

  const read = (path: string, names: readonly string[] = ["-J"]) =>
    execFileSync("isoinfo", ["-i", iso, ...names, "-x", `/${path}`], { maxBuffer: 1 << 26 });

  it("has the label that ramdisks look for", () => {
    assert.match(execFileSync("isoinfo", ["-d", "-i", iso], { encoding: "utf8" }), /Volume id: VMEDIA_BOOT_ISO\n/);
  });

  it("holds kernel and ramdisk, found by both kinds of names", () => {
    assert.ok(read(ISO_FILES.kernel).equals(KERNEL));
    assert.ok(read(ISO_FILES.initramfs).equals(INITRAMFS));
    assert.ok(read("BOOT/KERNEL.;1", []).equals(KERNEL));
    assert.ok(read("ISOLINUX/ISOLINUX.CFG;1", []).toString().includes("append initrd="));
  });

  it("boots in BIOS and in UEFI mode, as xorriso sees it", function () {
    if (!hasPrograms("xorriso")) this.skip();
    const report = execFileSync("xorriso", ["-indev", iso, "-report_el_torito", "plain"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    assert.match(report, /boot img :\s+1\s+BIOS\s+y\s+none\s+0x0000\s+0x00\s+4\s/);
    assert.match(report, /boot img :\s+2\s+UEFI\s+y\s+none/);
    assert.match(report, /img path :\s+1\s+\/isolinux\/isolinux\.bin/i);
    assert.match(report, /img path :\s+2\s+\/boot\/grub\/efi\.img/i);
    assert.match(report, /boot-info-table/);
  });

  it("shows its system partition to firmware that takes it for a disk", () => {
    const all = whole(bootMedium(SOURCE, PARTS));
    const start = all.readUInt32LE(446 + 8) * 512;
    assert.deepEqual([all[446 + 4], all.readUInt16LE(510)], [0xef, 0xaa55]);
    assert.ok(all.subarray(start, start + EFI.length).equals(EFI));
  });

  it("starts the ramdisk with its words, and each loader's quotes", () => {
    const grub = read("boot/grub/grub.cfg").toString();
    assert.match(grub, /linux \/boot\/kernel nofb console=ttyS0,115200 'root_device=model=Big Disk'\n/);
    assert.match(grub, /initrd \/boot\/initrd\.img \/boot\/node\.img\n/);
    assert.deepEqual(read("EFI/BOOT/grub.cfg").toString(), grub);
    const isolinux = read("isolinux/isolinux.cfg").toString();
    assert.match(
      isolinux,
      /append initrd=\/boot\/initrd\.img,\/boot\/node\.img nofb .* root_device="model=Big Disk"\n/,
    );
  });

  it("brings token and network data in an archive over the ramdisk, and the token nowhere else", () => {
    const own = read(ISO_FILES.own).toString("latin1");
    assert.match(own, /etc\/ferric-agent\/parameters\.txt\0+ipa-agent-token=secret-token-of-this-node\n/);
    assert.match(own, /etc\/ferric-agent\/network_data\.json\0+\{"links"/);
    assert.match(own, /etc\/ironic-python-agent\.d\/token\.conf\0+\[DEFAULT\]\nagent_token = secret/);
    for (const path of ["boot/grub/grub.cfg", "isolinux/isolinux.cfg"]) assert.ok(!read(path).includes(TOKEN), path);
    assert.deepEqual(JSON.parse(read("openstack/latest/network_data.json").toString()), NETWORK);
  });

  it("has the token on the command line only where that is asked for", () => {
    const asked = whole(bootMedium({ ...SOURCE, token: "command line" }, PARTS)).toString("latin1");
    assert.match(asked, /linux \/boot\/kernel .* ipa-agent-token=secret-token-of-this-node\n/);
  });

  it("needs only what one kind of firmware needs", () => {
    const bios = bootMedium({ ...SOURCE, firmware: "bios" }, { ...PARTS, efiBytes: null });
    assert.deepEqual(
      bios.outside.map(({ path }) => path),
      [ISO_FILES.initramfs, ISO_FILES.kernel],
    );
    assert.ok(bootMedium(SOURCE, { ...PARTS, isolinux: null }).size > 0);
    assert.throws(() => bootMedium(SOURCE, { ...PARTS, isolinux: null, efiBytes: null }), /to boot from/);
  });

  it("refuses words that boot programs would take for commands", () => {
    const words = [["x", "$(reboot)\n}"]] as const;
    assert.throws(() => bootMedium({ ...SOURCE, words }, PARTS), /characters that boot programs/);
  });
});

describe("a floppy with parameters", () => {
  it("has one a line, and the network data", async function () {
    if (!hasPrograms("mcopy")) this.skip();
    const folder = await mkdtemp(join(tmpdir(), "ferric-floppy-"));
    const path = join(folder, "f.img");
    await writeFile(path, parametersFloppy({ "ipa-api-url": "http://10.0.0.1:6385", "ipa-agent-token": "t" }, NETWORK));
    const read = (name: string) => execFileSync("mtype", ["-i", path, `::/${name}`], { encoding: "utf8" });
    assert.equal(read("parameters.txt"), "ipa-api-url=http://10.0.0.1:6385\nipa-agent-token=t\n");
    assert.deepEqual(JSON.parse(read("openstack/latest/network_data.json")), NETWORK);
    await rm(folder, { recursive: true });
  });

  it("takes no line break within a value", () => {
    assert.throws(() => parametersFloppy({ a: "b\nipa-api-url=http://evil" }, null), /parameter a/);
  });
});
