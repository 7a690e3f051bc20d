import { strict as assert } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { arch, tmpdir } from "node:os";
import { join } from "node:path";
import { entriesOfLabel } from "../../../../ipa-agent/boot-entry/efi-boot-manager.ts";
import { FatVolume } from "../../../../ipa-agent/boot-entry/fat-volume.ts";
import { findLoader } from "../../../../ipa-agent/boot-entry/find-loader.ts";

const SUFFIX = arch() === "arm64" ? "aa64" : "x64";

describe("boot entry of an image", () => {
  let folder: string;

  before(async function () {
    if (!existsSync("/usr/bin/mcopy") || !existsSync("/sbin/mkfs.fat")) {
      console.log("      left out: mtools and dosfstools are not installed");
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), "ferric-esp-"));
  });

  after(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** A FAT volume with these files, and what is found in it; 1 MiB of other data lies before it. */
  const found = async (bits: number, files: Readonly<Record<string, Buffer>>) => {
    const path = join(folder, "volume");
    await writeFile(path, Buffer.alloc(({ 12: 3, 16: 20 }[bits] ?? 40) * 1048576));
    execFileSync("/sbin/mkfs.fat", ["-F", String(bits), path], { stdio: "ignore" });
    const made = new Set<string>();
    for (const [name, content] of Object.entries(files)) {
      const parts = name.split("/").slice(0, -1);
      for (let depth = 1; depth <= parts.length; depth += 1) {
        const target = parts.slice(0, depth).join("/");
        if (!made.has(target)) execFileSync("mmd", ["-i", path, `::/${target}`]);
        made.add(target);
      }
      await writeFile(join(folder, "content"), content);
      execFileSync("mcopy", ["-i", path, join(folder, "content"), `::/${name}`]);
    }
    const whole = join(folder, "disk");
    await writeFile(whole, Buffer.concat([Buffer.alloc(1048576, 0xaa), await readFile(path)]));
    const file = await open(whole, "r");
    try {
      return await findLoader(await FatVolume.open(file, 1048576));
    } finally {
      await file.close();
    }
  };

  for (const bits of [12, 16, 32]) {
    it(`is the one its CSV file names, on FAT${bits}`, async () => {
      const csv = Buffer.from(`\ufeffshim${SUFFIX}.efi,Almost Linux,,This is the boot entry\n`, "utf16le");
      const filler = Object.fromEntries(
        Array.from({ length: 40 }, (_, index) => [
          `EFI/almalinux/some-long-file-name-${index}.efi`,
          Buffer.alloc(3000),
        ]),
      );
      const result = await found(bits, {
        "EFI/BOOT/BOOTX64.EFI": Buffer.from("x"),
        ...filler,
        [`EFI/almalinux/shim${SUFFIX}.efi`]: Buffer.from("x"),
        [`EFI/almalinux/BOOT${SUFFIX.toUpperCase()}.CSV`]: csv,
      });
      assert.deepEqual(result, { loader: `\\EFI\\almalinux\\shim${SUFFIX}.efi`, label: "Almost Linux" });
    });
  }

  it("is a vendor's loader before the default one", async () => {
    const result = await found(16, {
      [`EFI/BOOT/BOOT${SUFFIX.toUpperCase()}.EFI`]: Buffer.from("x"),
      [`EFI/debian/grub${SUFFIX}.efi`]: Buffer.from("x"),
    });
    assert.equal(result.loader.toLowerCase(), `\\efi\\debian\\grub${SUFFIX}.efi`);
    assert.equal(result.label, "ironic1");
  });

  it("is the default loader when there is no other", async () => {
    const result = await found(16, { [`EFI/BOOT/BOOT${SUFFIX.toUpperCase()}.EFI`]: Buffer.from("x") });
    assert.equal(result.loader.toLowerCase(), `\\efi\\boot\\boot${SUFFIX}.efi`);
  });

  it("is refused with the folders seen when no loader is known", async () => {
    await assert.rejects(
      found(16, { "EFI/other/strange.efi": Buffer.from("x") }),
      /no known loader .* in folders other/i,
    );
  });

  it("replaces entries of exactly the same label", () => {
    const listing = "BootCurrent: 0001\nBoot0001* debian\nBoot0002* debian old\nBoot000A  debian\tHD(1,GPT)\n";
    assert.deepEqual(entriesOfLabel(listing, "debian"), ["0001", "000A"]);
  });
});
