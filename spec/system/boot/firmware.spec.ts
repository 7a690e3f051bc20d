import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { buildRamdisk, type Ramdisk, ramdiskMissing } from "../../support/ramdisk.ts";
import type { InspectingSetup } from "./inspecting.ts";
import { EventStream, missing, Namespaces, TAP } from "./namespaces.ts";

const MAC = "52:54:00:77:00:01";
const OVMF = "/usr/share/OVMF/OVMF_CODE_4M.fd";
const SCRIPT = "#!ipxe\necho hello from ferric\npoweroff || shell\n";

/** Without its own iPXE ROM OVMF's network stack is at work: PXE over IPv4, then HTTP; PXE can be switched off. */
const pxe = (family: string, wanted: "y" | "n") => [
  "-fw_cfg",
  `name=opt/org.tianocore/${family}PXESupport,string=${wanted}`,
];
const OVMF_NIC = [
  ...["-drive", `if=pflash,format=raw,readonly=on,file=${OVMF}`],
  ...["-device", `virtio-net-pci,netdev=n,mac=${MAC},romfile=`],
  ...pxe("IPv6", "n"),
];
const SEABIOS_NIC = ["-device", `virtio-net-pci,netdev=n,mac=${MAC}`];
const FIRMWARE: Readonly<Record<string, { readonly args: readonly string[]; readonly first: readonly string[] }>> = {
  "SeaBIOS with iPXE": { args: SEABIOS_NIC, first: ["http", "boot.ipxe"] },
  "OVMF over TFTP": { args: OVMF_NIC, first: ["tftp", "snponly.efi"] },
  "OVMF over HTTP": { args: [...OVMF_NIC, ...pxe("IPv4", "n")], first: ["http", "snponly.efi"] },
};

function whyNot(): string | null {
  return missing(["ip", "qemu-system-x86_64"]) ?? (existsSync(OVMF) ? null : "not installed: ovmf");
}

/** A machine on the namespaces' tap device that knows no other way to boot than the network. */
function startMachine(spaces: Namespaces, memory: number, args: readonly string[]): string {
  const console = join(spaces.folder, "console");
  const machine = ["-m", String(memory), "-cpu", "max", "-display", "none", "-no-reboot", "-boot", "n"];
  const nic = ["-netdev", `tap,id=n,ifname=${TAP},script=no,downscript=no`];
  spaces.start("fboot-s", "qemu-system-x86_64", ...machine, "-serial", `file:${console}`, ...nic, ...args);
  return console;
}

describe("real firmware", function () {
  this.timeout(240_000);
  let spaces: Namespaces;
  let events: EventStream;

  before(async function () {
    const reason = whyNot();
    if (reason !== null) {
      console.log(`      left out: ${reason}`);
      this.skip();
    }
  });
  beforeEach(async () => {
    spaces = await Namespaces.create();
    const setup = {
      interfaces: [TAP],
      pools: ["10.4.0.100-10.4.0.199/24"],
      machines: [MAC],
      baseUrl: "http://10.4.0.1:8080/boot/token",
      script: SCRIPT,
    };
    const serve = join(import.meta.dirname, "serve.ts");
    events = new EventStream(
      spaces.start("fboot-s", process.execPath, "--import", "tsx", serve, JSON.stringify(setup)),
    );
    await events.until((event) => event.type === "ready");
  });
  afterEach(() => spaces?.[Symbol.asyncDispose]());

  for (const [name, { args, first }] of Object.entries(FIRMWARE))
    it(`${name} boots to the machine's script`, async () => {
      startMachine(spaces, 512, args);
      const fetched = await events.until((event) => event.type === "boot.fetched");
      assert.deepEqual([fetched.protocol, fetched.file], first);
      await events.until((event) => event.type === "boot.fetched" && event.file === "boot.ipxe");
      assert.ok(events.all.some((event) => event.what === "DISCOVER" && event.mac === MAC));
    });
});

/** Boot interface, firmware, and what it fetches in this order before the kernel. */
const RAMDISK_BOOTS: readonly {
  readonly bootInterface: string;
  readonly bootMode: "bios" | "uefi";
  readonly firmware: string;
  readonly args: readonly string[];
  readonly fetches: readonly string[];
}[] = [
  {
    bootInterface: "pxe",
    bootMode: "bios",
    firmware: "a PXE ROM",
    args: SEABIOS_NIC,
    fetches: [
      "tftp pxelinux.0",
      "tftp ldlinux.c32",
      `tftp 01-${MAC.replaceAll(":", "-")}`,
      "tftp kernel",
      "tftp initramfs",
    ],
  },
  {
    bootInterface: "pxe",
    bootMode: "uefi",
    firmware: "OVMF over TFTP",
    args: OVMF_NIC,
    fetches: ["tftp bootx64.efi", "tftp grubx64.efi", "tftp grub.cfg", "tftp kernel", "tftp initramfs"],
  },
  {
    bootInterface: "http-ipxe",
    bootMode: "uefi",
    firmware: "OVMF over HTTP",
    args: [...OVMF_NIC, ...pxe("IPv4", "n")],
    fetches: ["http snponly.efi", "http boot.ipxe", "http kernel", "http initramfs"],
  },
];

describe("the ramdisk on real firmware", function () {
  this.timeout(600_000);
  let ramdisk: Ramdisk;
  let spaces: Namespaces;

  before(async function () {
    const reason = whyNot() ?? ramdiskMissing();
    if (reason !== null) {
      console.log(`      left out: ${reason}`);
      this.skip();
    }
    ramdisk = await buildRamdisk();
  });
  beforeEach(async () => {
    spaces = await Namespaces.create();
  });
  afterEach(() => spaces?.[Symbol.asyncDispose]());

  for (const { bootInterface, bootMode, firmware, args, fetches } of RAMDISK_BOOTS)
    it(`${bootInterface} starts it from ${firmware}`, async () => {
      const setup: InspectingSetup = {
        ...{ bootInterface, bootMode, ramdisk, mac: MAC, interface: TAP, host: "10.4.0.1" },
        ...{ state: join(spaces.folder, "state"), pool: "10.4.0.100-10.4.0.199/24" },
      };
      const program = join(import.meta.dirname, "inspecting.ts");
      const service = spaces.start("fboot-s", process.execPath, "--import", "tsx", program, JSON.stringify(setup));
      const events = new EventStream(service);
      await events.until((event) => event.type === "ready");
      const screen = startMachine(spaces, 2048, args);
      await events.until((event) => event.type === "boot.fetched" && event.file === "initramfs");
      const fetched = events.all.filter((event) => event.type === "boot.fetched");
      assert.deepEqual(
        fetched.map(({ protocol, file }) => `${protocol} ${file}`).filter((one) => fetches.includes(one)),
        fetches,
      );
      // The kernel and its command line: the ramdisk has been told which card it came by.
      await seen(screen, /Linux version .*BOOTIF=(?:01-)?52[:-]54[:-]00[:-]77[:-]00[:-]01/s);
    });
});

async function seen(file: string, pattern: RegExp): Promise<void> {
  while (!pattern.test(await readFile(file, "latin1").catch(() => ""))) await pause(500);
}
