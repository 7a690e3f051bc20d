/** Network boot interfaces: what they need, what they publish, how they point the machine at the network and back. */
import assert from "node:assert/strict";
import type { ConfigOverrides } from "../../../../common/config/config.ts";
import type { JsonObject } from "../../../../common/json.ts";
import http from "../../../../drivers/pxe/http.ts";
import httpIpxe from "../../../../drivers/pxe/http-ipxe.ts";
import ipxe from "../../../../drivers/pxe/ipxe.ts";
import pxe from "../../../../drivers/pxe/pxe.ts";
import { makeBench, port } from "../agent/support/bench.ts";

const INFO = { deploy_kernel: "http://images/k", deploy_ramdisk: "http://images/r" };
const PARAMS = { "ipa-api-url": "http://192.0.2.1:6385", "ipa-debug": "" };

function make(driver_info: JsonObject = INFO, options: Parameters<typeof makeBench>[0] = {}, entry = ipxe) {
  const bench = makeBench({ ...options, node: { driver_info, ...options.node } });
  for (const url of ["http://images/k", "http://images/r", "http://images/rk", "http://images/rr"])
    bench.images.set(url, { path: "/x", size: 1, sha256: "" });
  return { bench, boot: entry.make(bench.services) };
}
const textOf = (bench: ReturnType<typeof makeBench>, purpose: string, name: string) => {
  const file = bench.published.get(purpose)?.[name];
  assert.ok(file?.kind === "text", `${purpose}/${name}`);
  return file.text;
};

describe("network boot", () => {
  it("has the capabilities of the contract", () => {
    assert.deepEqual(make().boot.capabilities, ["ipxe_boot", "iscsi_volume_boot", "pxe_boot", "ramdisk_boot"]);
    assert.deepEqual(make(INFO, {}, pxe).boot.capabilities, ["pxe_boot", "ramdisk_boot"]);
  });

  describe("is refused", () => {
    const cases: readonly (readonly [string, JsonObject, RegExp, ConfigOverrides?])[] = [
      ["without kernel and ramdisk", {}, /deploy_kernel and deploy_ramdisk missing.*driver_info.*\[conductor\]/],
      ["without ramdisk", { deploy_kernel: "http://images/k" }, /: deploy_ramdisk missing/],
      [
        "for an image of an image service",
        { ...INFO, deploy_kernel: "0b80b74d-bd6a-41aa-8377-de137db3b0f1" },
        /driver_info deploy_kernel .*image service.*give an http/,
      ],
      [
        "for kernel parameters with commands",
        { ...INFO, kernel_append_params: "a\nboot" },
        /driver_info kernel_append_params.*newline/,
      ],
      ["for configured ones too", INFO, /\[pxe\]kernel_append_params/, { pxe: { kernel_append_params: `a=\${b}` } }],
    ];
    for (const [what, info, message, config] of cases) {
      it(what, async () => {
        const { bench, boot } = make(info, config === undefined ? {} : { config });
        await assert.rejects(boot.validate(bench.task), message);
      });
    }

    it("without a port to boot from", async () => {
      const { bench, boot } = make();
      bench.ports = [port("52:54:00:00:00:09", { pxe_enabled: false })];
      await assert.rejects(boot.validate(bench.task), /has no port that it could boot from; create one/);
    });
  });

  it("may take everything from the configuration", async () => {
    const conductor = { deploy_kernel: "http://images/k", deploy_ramdisk: "http://images/r" };
    const { bench, boot } = make({}, { config: { conductor } });
    await boot.validate(bench.task);
    await boot.validateRescue?.(bench.task);
    await boot.validateInspection?.(bench.task);
  });

  it("publishes script, kernel and initramfs, then points the machine at the network, once", async () => {
    const { bench, boot } = make();
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    const files = bench.published.get("deploy") ?? {};
    assert.deepEqual(Object.keys(files), ["boot.ipxe", "kernel", "initramfs"]);
    assert.deepEqual(files.kernel, { kind: "image", url: "http://images/k" });
    const kernel = textOf(bench, "deploy", "boot.ipxe")
      .split("\n")
      .find((line) => line.startsWith("kernel"));
    assert.match(
      kernel ?? "",
      / initrd=initramfs nofb vga=normal ipa-api-url=http:\/\/192\.0\.2\.1:6385 ipa-debug BOOTIF=/,
    );
    assert.deepEqual(bench.done, ["boot pxe once"]);
    assert.equal(bench.task.node.driver_internal_info.deploy_boot_mode, "uefi");
  });

  it("publishes for both firmware modes over TFTP", async () => {
    const { bench, boot } = make(INFO, {}, pxe);
    await boot.prepareRamdisk(bench.task, PARAMS, "deploy");
    assert.deepEqual(Object.keys(bench.published.get("deploy") ?? {}), [
      "pxelinux.cfg",
      "grub.cfg",
      "kernel",
      "initramfs",
    ]);
    assert.match(textOf(bench, "deploy", "pxelinux.cfg"), /kernel boot\/TOKEN[A-Z]*\/kernel/);
    const other = make(INFO, {}, httpIpxe);
    await other.boot.prepareRamdisk(other.bench.task, PARAMS, "deploy");
    assert.ok(textOf(other.bench, "deploy", "boot.ipxe"));
  });

  it("boots the rescue images for rescue, the deploy images when there are none", async () => {
    const rescue = { rescue_kernel: "http://images/rk", rescue_ramdisk: "http://images/rr" };
    for (const [info, url] of [
      [{ ...INFO, ...rescue }, "http://images/rk"],
      [INFO, "http://images/k"],
    ] as const) {
      const { bench, boot } = make(info);
      await boot.prepareRamdisk(bench.task, PARAMS, "rescue");
      assert.deepEqual(bench.published.get("rescue")?.kernel, { kind: "image", url });
    }
  });

  it("fails before it publishes when an image cannot be fetched", async () => {
    const { bench, boot } = make({ ...INFO, deploy_ramdisk: "http://images/none" });
    await assert.rejects(
      boot.prepareRamdisk(bench.task, PARAMS, "deploy"),
      /see driver_info deploy_ramdisk: Failed to download image http:\/\/images\/none/,
    );
    assert.deepEqual([bench.published.size, bench.done], [0, []]);
  });

  it("takes kernel parameters of the instance before the node's, with %default% for the configured ones", async () => {
    const { bench, boot } = make(
      { ...INFO, kernel_append_params: "node=1" },
      { node: { instance_info: { kernel_append_params: "%default% instance=1" } } },
    );
    await boot.prepareRamdisk(bench.task, {}, "deploy");
    assert.match(textOf(bench, "deploy", "boot.ipxe"), /initramfs nofb vga=normal instance=1 BOOTIF/);
  });

  for (const [wish, expected] of [
    ["Always", ["boot pxe for ever", "boot disk for ever"]],
    ["Never", ["boot pxe once", "boot disk once"]],
    ["Default", ["boot pxe once", "boot disk for ever"]],
    ["True", ["boot pxe for ever", "boot disk for ever"]],
  ] as const) {
    it(`sets boot devices with force_persistent_boot_device ${wish}`, async () => {
      const { bench, boot } = make({ ...INFO, force_persistent_boot_device: wish });
      await boot.prepareRamdisk(bench.task, {}, "deploy");
      await boot.prepareInstance(bench.task);
      assert.deepEqual(bench.done, expected);
    });
  }

  it("sets the firmware mode that the node asks for, and leaves it alone otherwise", async () => {
    const asked = make(INFO, { bootMode: "uefi", node: { properties: { capabilities: "boot_mode:bios" } } });
    await asked.boot.prepareRamdisk(asked.bench.task, {}, "deploy");
    assert.deepEqual(asked.bench.done, ["bios", "boot pxe once"]);
    const silent = make(INFO, { bootMode: "bios" });
    await silent.boot.prepareRamdisk(silent.bench.task, {}, "deploy");
    assert.deepEqual(silent.bench.done, ["boot pxe once"]);
    assert.equal(silent.bench.task.node.driver_internal_info.deploy_boot_mode, "bios");
  });

  it("goes on without a boot device that the machine's management does not know", async () => {
    const { bench, boot } = make(INFO, { bootDevices: ["pxe"] });
    await boot.prepareInstance(bench.task);
    assert.deepEqual(bench.done, []);
  });

  it("leaves no boot files to a deployed machine", async () => {
    const { bench, boot } = make();
    await boot.prepareRamdisk(bench.task, {}, "deploy");
    await boot.prepareInstance(bench.task);
    assert.equal(bench.published.size, 0);
    await boot.prepareRamdisk(bench.task, {}, "rescue");
    await boot.cleanUpRamdisk(bench.task, "deploy");
    assert.deepEqual([...bench.published.keys()], ["rescue"]);
  });

  for (const [entry, to] of [
    [ipxe, { "boot.ipxe": /^#!ipxe\n(?:.*\n)*.*efi && exit 1 (?:.*\n)*sanboot .*--drive 0x80 / }],
    [httpIpxe, { "boot.ipxe": /^#!ipxe\n(?:.*\n)*.*efi && exit 1 / }],
    [http, { "grub.cfg": /chainloader \/EFI\// }],
    [pxe, { "pxelinux.cfg": /\nlocalboot 0\n/, "grub.cfg": /chainloader \/EFI\// }],
  ] as const) {
    it(`leaves a deployed machine what sends it to its disk, and nothing of the ramdisk: ${entry.name}`, async () => {
      const { bench, boot } = make(INFO, { config: { pxe: { enable_netboot_fallback: true } } }, entry);
      for (const mode of ["deploy", "rescue"] as const) await boot.prepareRamdisk(bench.task, PARAMS, mode);
      await boot.prepareInstance(bench.task);
      assert.deepEqual([...bench.published.keys()], ["deploy"]);
      assert.deepEqual(Object.keys(bench.published.get("deploy") ?? {}), Object.keys(to));
      for (const [name, content] of Object.entries(to)) {
        const text = textOf(bench, "deploy", name);
        assert.match(text, content);
        assert.doesNotMatch(text, /initrd|ipa-|TOKEN/);
      }
      assert.equal(bench.done.at(-1), "boot disk for ever");
      await boot.cleanUpInstance(bench.task);
      assert.equal(bench.published.size, 0);
    });
  }
});
