/**
 * HTTP boot on real firmware: OVMF finds in its variables the URL that a BMC has put there, fetches the image of `redfish-https`
 * from the boot HTTP service, and starts the ramdisk from it. DHCP gives it an address and no boot file.
 */
import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootFromUrl } from "../../support/firmware-variables.ts";
import { buildRamdisk, machineArguments, OVMF, ramdiskMissing, uefiArguments } from "../../support/ramdisk.ts";
import { type StubService, startStubService } from "../../unit/ipa-agent/support/stub-service.ts";
import { firstBeat } from "./first-beat.ts";
import { loaders, MAC, TOKEN, withMedium } from "./medium.ts";

const BOOT_LIMIT_MS = 400_000;
/** The host's loopback, as QEMU's own network shows it to the machine. */
const HOST = "10.0.2.2";

async function whyNot(): Promise<string | null> {
  const missing = ramdiskMissing();
  if (missing !== null) return missing;
  for (const name of ["gcdx64.efi", "bootx64.efi"])
    if ((await loaders.locate(name)) === null) return `not installed: ${loaders.packageOf(name)}`;
  return existsSync(`${OVMF}/OVMF_CODE_4M.fd`) ? null : "not installed: ovmf";
}

/** A machine without a disk or a CD, with `url` in its variables. */
async function startMachine(folder: string, url: string): Promise<ChildProcess> {
  // The firmware keeps the whole image in memory.
  const machine = machineArguments({ mac: MAC, memory: 2048, serial: `file:${join(folder, "console")}` });
  const firmware = await uefiArguments(folder);
  await bootFromUrl(join(folder, "variables.fd"), url);
  // A short URL is tried with every way to boot over the network: only HTTP over IPv4 is one here.
  const ways = ["IPv4PXE", "IPv6PXE"].flatMap((way) => ["-fw_cfg", `name=opt/org.tianocore/${way}Support,string=n`]);
  return spawn("qemu-system-x86_64", [...machine, ...firmware, ...ways], { stdio: "ignore" });
}

describe("HTTP boot from a URL on real firmware", function () {
  this.timeout(BOOT_LIMIT_MS + 60_000);
  let folder: string;
  let service: StubService;
  let machine: ChildProcess | undefined;

  before(async function () {
    const reason = await whyNot();
    if (reason !== null) {
      console.log(`      left out: ${reason}`);
      this.skip();
    }
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "ferric-http-boot-"));
    service = await startStubService();
    service.config.agent_token = "******";
  });
  afterEach(async () => {
    machine?.kill("SIGKILL");
    await service.close();
    await rm(folder, { recursive: true });
  });

  it("OVMF starts the ramdisk, whose agent calls in with address and token of the image", async function () {
    this.timeout(BOOT_LIMIT_MS + 600_000);
    const ramdisk = await buildRamdisk();
    const apiUrl = service.url.replace("127.0.0.1", HOST);
    const options = { folder, ramdisk, firmware: "uefi", apiUrl, bootInterface: "redfish-https" } as const;
    await withMedium(options, async ({ url, events }) => {
      machine = await startMachine(folder, url.replace("127.0.0.1", HOST));
      const { beat, text } = await firstBeat(service, folder, BOOT_LIMIT_MS).catch((error: Error) => {
        throw new Error(`${JSON.stringify(events)}; ${error.message}`);
      });
      assert.equal(beat.agent_token, TOKEN);
      assert.match(String(beat.callback_url), /^https?:\/\/10\.0\.2\.77:9999$/);
      assert.match(text, /without DHCP/);
    });
  });
});
