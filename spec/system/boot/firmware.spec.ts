import { strict as assert } from "node:assert";
import { existsSync } from "node:fs";
import { join } from "node:path";
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
const FIRMWARE: Readonly<Record<string, { readonly args: readonly string[]; readonly first: readonly string[] }>> = {
  "SeaBIOS with iPXE": { args: ["-device", `virtio-net-pci,netdev=n,mac=${MAC}`], first: ["http", "boot.ipxe"] },
  "OVMF over TFTP": { args: OVMF_NIC, first: ["tftp", "snponly.efi"] },
  "OVMF over HTTP": { args: [...OVMF_NIC, ...pxe("IPv4", "n")], first: ["http", "snponly.efi"] },
};

describe("real firmware", function () {
  this.timeout(240_000);
  let spaces: Namespaces;
  let events: EventStream;

  before(async function () {
    const reason = missing(["ip", "qemu-system-x86_64"]) ?? (existsSync(OVMF) ? null : "not installed: ovmf");
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
      const common = [
        "-m",
        "512",
        "-display",
        "none",
        "-no-reboot",
        "-boot",
        "n",
        "-serial",
        `file:${join(spaces.folder, "console")}`,
      ];
      const nic = ["-netdev", `tap,id=n,ifname=${TAP},script=no,downscript=no`];
      spaces.start("fboot-s", "qemu-system-x86_64", ...common, ...nic, ...args);
      const fetched = await events.until((event) => event.type === "boot.fetched");
      assert.deepEqual([fetched.protocol, fetched.file], first);
      await events.until((event) => event.type === "boot.fetched" && event.file === "boot.ipxe");
      assert.ok(events.all.some((event) => event.what === "DISCOVER" && event.mac === MAC));
    });
});
