/**
 * HTTP boot on real firmware: OVMF finds in its variables the URL that a BMC has put there, fetches the image of `redfish-https`
 * from the boot HTTP service, and starts the ramdisk from it. DHCP gives it an address and no boot file.
 */
import { strict as assert } from "node:assert";
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bootFromUrl } from "../../support/firmware-variables.ts";
import { buildRamdisk, ramdiskMissing } from "../../support/ramdisk.ts";
import { type StubService, startStubService } from "../../unit/ipa-agent/support/stub-service.ts";
import { loaders, MAC, TOKEN, withMedium } from "./medium.ts";

const OVMF = "/usr/share/OVMF";
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

/** A machine without a disk or a CD. */
function startMachine(folder: string): ChildProcess {
  const flash = (more: string) => ["-drive", `if=pflash,format=raw,${more}`];
  return spawn(
    "qemu-system-x86_64",
    [
      ...["-machine", "q35", "-cpu", "max", "-smp", "2", "-m", "2048", "-display", "none", "-no-reboot"],
      ...["-serial", `file:${join(folder, "console")}`],
      ...["-netdev", "user,id=net", "-device", `virtio-net-pci,netdev=net,mac=${MAC},romfile=`],
      ...flash(`readonly=on,file=${OVMF}/OVMF_CODE_4M.fd`),
      ...flash(`file=${join(folder, "variables.fd")}`),
      // A short URL is tried with every way to boot over the network: only HTTP over IPv4 is one here.
      ...["IPv4PXE", "IPv6PXE"].flatMap((way) => ["-fw_cfg", `name=opt/org.tianocore/${way}Support,string=n`]),
    ],
    { stdio: "ignore" },
  );
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
      await copyFile(join(OVMF, "OVMF_VARS_4M.fd"), join(folder, "variables.fd"));
      await bootFromUrl(join(folder, "variables.fd"), url.replace("127.0.0.1", HOST));
      machine = startMachine(folder);
      const late = new Promise<never>((_, reject) => {
        setTimeout(reject, BOOT_LIMIT_MS, new Error("no heartbeat")).unref();
      });
      const shown = () => readFile(join(folder, "console"), "latin1").catch(() => "");
      const beat = await Promise.race([service.nextBeat(), late]).catch(async (error: Error) => {
        throw new Error(
          `${error.message}; ${JSON.stringify(events)}; the console ends with:\n${(await shown()).slice(-3000)}`,
        );
      });
      assert.equal(beat.agent_token, TOKEN);
      assert.match(String(beat.callback_url), /^https?:\/\/10\.0\.2\.77:9999$/);
      assert.match(await shown(), /without DHCP/);
    });
  });
});
