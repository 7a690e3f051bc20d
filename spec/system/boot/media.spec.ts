/**
 * The CD of virtual media on real firmware: it starts the ramdisk, whose agent sets the address that network data say
 * and calls in with the token that only the image could tell it. Nobody answers DHCP here.
 */
import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import {
  buildRamdisk,
  machineArguments,
  OVMF,
  type Ramdisk,
  ramdiskMissing,
  uefiArguments,
} from "../../support/ramdisk.ts";
import { type StubService, startStubService } from "../../unit/ipa-agent/support/stub-service.ts";
import { firstBeat } from "./first-beat.ts";
import { loaders, MAC, TOKEN, withMedium } from "./medium.ts";

const BOOT_LIMIT_MS = 300_000;

interface Firmware {
  readonly mode: "bios" | "uefi";
  readonly code?: string;
  readonly variables?: string;
  readonly usb?: true;
  /** What the console must show. */
  readonly shows?: RegExp;
}

const FIRMWARE: Readonly<Record<string, Firmware>> = {
  "SeaBIOS from a CD": { mode: "bios" },
  "OVMF from a CD": { mode: "uefi", code: "OVMF_CODE_4M.fd", variables: "OVMF_VARS_4M.fd" },
  "OVMF from a USB stick": { mode: "uefi", code: "OVMF_CODE_4M.fd", variables: "OVMF_VARS_4M.fd", usb: true },
  "OVMF with Secure Boot": {
    mode: "uefi",
    code: "OVMF_CODE_4M.secboot.fd",
    variables: "OVMF_VARS_4M.ms.fd",
    shows: /secure ?boot enabled|locked down from EFI Secure Boot/i,
  },
};

async function whyNot(): Promise<string | null> {
  const missing = ramdiskMissing();
  if (missing !== null) return missing;
  for (const name of ["gcdx64.efi", "bootx64.efi", "isolinux.bin", "ldlinux.c32"])
    if ((await loaders.locate(name)) === null) return `not installed: ${loaders.packageOf(name)}`;
  return existsSync(`${OVMF}/OVMF_CODE_4M.fd`) ? null : "not installed: ovmf";
}

/** The image as a BMC gets it, in a file. */
async function fetchMedium(
  folder: string,
  ramdisk: Ramdisk,
  firmware: "bios" | "uefi",
  apiUrl: string,
): Promise<string> {
  const options = { folder, ramdisk, firmware, apiUrl, bootInterface: "redfish-virtual-media" } as const;
  return await withMedium(options, async ({ url }) => {
    const path = join(folder, "boot.iso");
    const { body } = await fetch(url);
    assert.ok(body);
    await pipeline(Readable.fromWeb(body), createWriteStream(path));
    return path;
  });
}

async function startMachine(folder: string, iso: string, { code, variables, usb }: Firmware): Promise<ChildProcess> {
  const machine = machineArguments({ mac: MAC, machine: "q35,smm=on", serial: `file:${join(folder, "console")}` });
  const drive = ["-drive", `if=none,id=medium,format=raw,readonly=on,file=${iso}`];
  const medium = usb
    ? ["-device", "qemu-xhci", "-device", "usb-storage,drive=medium,removable=on"]
    : ["-device", "ide-cd,drive=medium,bus=ide.2"];
  const firmware: string[] = [];
  if (code !== undefined && variables !== undefined) {
    firmware.push("-global", "driver=cfi.pflash01,property=secure,value=on");
    firmware.push(...(await uefiArguments(folder, code, variables)));
  }
  return spawn("qemu-system-x86_64", [...machine, ...drive, ...medium, ...firmware], { stdio: "ignore" });
}

describe("the CD of virtual media on real firmware", function () {
  this.timeout(BOOT_LIMIT_MS + 60_000);
  let ramdisk: Ramdisk;
  let folder: string;
  let service: StubService;
  let machine: ChildProcess | undefined;

  before(async function () {
    const reason = await whyNot();
    if (reason !== null) {
      console.log(`      left out: ${reason}`);
      this.skip();
    }
    this.timeout(600_000);
    ramdisk = await buildRamdisk();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-cd-"));
    service = await startStubService();
    service.config.agent_token = "******";
  });
  afterEach(async () => {
    machine?.kill("SIGKILL");
    await service.close();
    await rm(folder, { recursive: true });
  });

  for (const [name, firmware] of Object.entries(FIRMWARE))
    it(`${name} starts the ramdisk, whose agent calls in with address and token of the image`, async () => {
      const iso = await fetchMedium(folder, ramdisk, firmware.mode, service.url.replace("127.0.0.1", "10.0.2.2"));
      machine = await startMachine(folder, iso, firmware);
      const { beat, text } = await firstBeat(service, folder, BOOT_LIMIT_MS);
      assert.equal(beat.agent_token, TOKEN);
      assert.match(String(beat.callback_url), /^https?:\/\/10\.0\.2\.77:9999$/);
      assert.ok(!text.includes(TOKEN), "the console shows no token");
      assert.match(text, /without DHCP/);
      if (firmware.shows !== undefined) assert.match(text, firmware.shows);
    });
});
