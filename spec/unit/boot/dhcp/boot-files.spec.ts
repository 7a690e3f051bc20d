import assert from "node:assert/strict";
import type { BootPlan } from "../../../../boot/contract.ts";
import { bootFileFor, clientOf } from "../../../../boot/dhcp/boot-files.ts";
import { ipxePlan } from "../doubles.ts";
import { packet, pxe } from "./packets.ts";

const plan = (kind: BootPlan["kind"]): BootPlan => ({ ...ipxePlan, kind });
const fileFor = (arch: number, kind: BootPlan["kind"], vendor = "PXEClient") =>
  bootFileFor(clientOf(packet("DISCOVER", pxe(arch, vendor))), plan(kind));

describe("the boot program", () => {
  it("follows firmware and architecture", () => {
    const base = ipxePlan.baseUrl;
    const table: [number, BootPlan["kind"], string | null][] = [
      [0, "ipxe", "undionly.kpxe"],
      [7, "ipxe", "snponly.efi"],
      [9, "ipxe", "snponly.efi"],
      [11, "ipxe", "snponly-arm64.efi"],
      [16, "http-ipxe", `${base}/snponly.efi`],
      [19, "http-ipxe", `${base}/snponly-arm64.efi`],
      [0, "pxe", "pxelinux.0"],
      [7, "pxe", "bootx64.efi"],
      [11, "pxe", "bootaa64.efi"],
      [16, "http", `${base}/bootx64.efi`],
      [6, "ipxe", null],
      [4242, "pxe", null],
    ];
    for (const [arch, kind, file] of table) assert.equal(fileFor(arch, kind), file, `${arch} ${kind}`);
  });

  it("is the script once iPXE itself asks, in both spellings of the user class", () => {
    for (const userClass of ["iPXE", "\x04iPXE"]) {
      const options = { ...pxe(7), 77: Buffer.from(userClass) };
      assert.equal(bootFileFor(clientOf(packet("DISCOVER", options)), plan("ipxe")), `${ipxePlan.baseUrl}/boot.ipxe`);
      assert.equal(bootFileFor(clientOf(packet("DISCOVER", options)), plan("pxe")), "bootx64.efi");
    }
  });

  it("is found by the vendor class alone when option 93 is absent", () => {
    const client = clientOf(packet("DISCOVER", { 60: Buffer.from("PXEClient:Arch:00007:UNDI:003016") }));
    assert.deepEqual([client.arch, client.boots, client.isHttp], ["uefi-x86_64", true, false]);
    assert.equal(clientOf(packet("DISCOVER", { 60: Buffer.from("PXEClient") })).arch, "bios");
  });

  it("is not for clients that do not ask to boot", () => {
    assert.equal(clientOf(packet("DISCOVER", { 60: Buffer.from("udhcp 1.36") })).boots, false);
    assert.equal(clientOf(packet("DISCOVER", { 93: Buffer.from([7]) })).arch, "bios");
  });
});
