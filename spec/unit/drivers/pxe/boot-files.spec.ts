/** Boot files byte for byte, against golden files; a change of one is a decision, made by changing the golden file too. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { grubConfig, ipxeScript, pxelinuxConfig } from "../../../../drivers/pxe/boot-files.ts";
import { parseKernelParams } from "../../../../drivers/pxe/kernel-params.ts";
import { GRUB_TO_DISK } from "../../../../drivers/pxe/to-disk.ts";

const BOOT = {
  base: "http://192.0.2.1:8080/boot/AbCdEf0123456789-_",
  params: [
    ...parseKernelParams('nofb vga=normal console=ttyS0,115200n8 memmap=4G$8G sshkey="ssh-ed25519 AAAA u@h"', "test"),
    { name: "ipa-api-url", value: "http://192.0.2.1:6385" },
    { name: "ipa-inspection-callback-url", value: "http://[2001:db8::1]:6385/v1/continue_inspection" },
  ],
};
const golden = (name: string) => readFileSync(new URL(`./golden/${name}`, import.meta.url), "utf8");

describe("boot files", () => {
  for (const [name, write] of [
    ["ramdisk.ipxe", ipxeScript],
    ["pxelinux.cfg", pxelinuxConfig],
    ["grub.cfg", grubConfig],
  ] as const) {
    it(`${name} is what it was`, () => {
      assert.equal(write(BOOT), golden(name));
    });

    it(`${name} has no place for commands in the base URL`, () => {
      for (const base of ["http://h/x\nboot", `http://h/\${x}`, "http://h/a b", "http://h/x;y", "ftp://h", ""])
        assert.throws(() => write({ ...BOOT, base }), /cannot stand in a boot script; set \[deploy\]http_url/);
    });

    it(`${name} may come from a server with TLS`, () => {
      assert.doesNotThrow(() => write({ ...BOOT, base: "https://h:8443/boot/x" }));
    });

    it(`${name} refuses parameters that have not passed the grammar`, () => {
      assert.throws(
        () => write({ ...BOOT, params: [{ name: "a", value: "b\nboot" }] }),
        /command line has a value of a/,
      );
      assert.throws(() => write({ ...BOOT, params: [{ name: "a b", value: null }] }), /parameter name "a b"/);
    });
  }

  for (const [what, input] of [
    ["the ramdisk", grubConfig(BOOT)],
    ["the disk", GRUB_TO_DISK],
  ] as const) {
    it(`grub.cfg for ${what} is a script that GRUB's parser takes`, function () {
      const checked = spawnSync("grub-script-check", [], { input, encoding: "utf8" });
      if (checked.error !== undefined) this.skip();
      assert.equal(checked.status, 0, checked.stderr);
    });
  }
});
