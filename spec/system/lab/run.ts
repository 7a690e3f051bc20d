/**
 * The proof: a powered-off QEMU machine behind a real IPMI BMC becomes a running operating system, driven by the stock
 * CLI. Usage (as root): node --import tsx spec/system/lab/run.ts --firmware bios|uefi [--boot-interface NAME] [--short]
 * [--ipmi ipmitool|native] [--keep] [--out FILE]
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isRedfish } from "./controllers.ts";
import { endAllIn } from "./namespace.ts";
import { missing, prepare, ROOT, SHARED_LAB } from "./prerequisites.ts";

const { values } = parseArgs({
  options: {
    firmware: { type: "string", default: "bios" },
    /** ipxe, pxe, http-ipxe; redfish-virtual-media (without DHCP) and redfish-https: the server is reached by Redfish. */
    "boot-interface": { type: "string", default: "ipxe" },
    /** How the BMC is reached; natively, its functions are compared with ipmitool's, and the serial line is logged in on. */
    ipmi: { type: "string", default: "ipmitool" },
    /** One deploy without inspection, cleaning and rebuild. */
    short: { type: "boolean", default: false },
    /** Leave the state folder (logs, console output) behind. */
    keep: { type: "boolean", default: false },
    /** Where the table of legs goes, as JSON. */
    out: { type: "string" },
    scenario: { type: "string", default: "deploy" },
  },
});

const why = missing();
if (why !== null) {
  console.log(`lab deploy skipped: ${why}`);
  console.log("0 passed, 0 failed, 1 skipped");
  process.exit(0);
}

const ns = `ferric-${values.firmware}-${process.pid}`.slice(0, 30);
const state = mkdtempSync(join(process.env.TMPDIR ?? "/tmp", "ferric-lab-"));
const bootInterface = values["boot-interface"];
const redfish = isRedfish(bootInterface);
const artefacts = prepare(state, { redfish });
mkdirSync(join(state, "ferric"));
/** UEFI by other ways than iPXE: the machine's card has no iPXE in its ROM, so that the firmware's own client boots. */
const ownClient = values.firmware === "uefi" && bootInterface !== "ipxe" ? { NIC_ROM: "" } : {};
const env = {
  ...process.env,
  ...ownClient,
  LAB_NS: ns,
  LAB_STATE: join(state, "lab"),
  FIRMWARE: values.firmware,
  ...redfishPython(artefacts.sushy),
  SMP: "1",
};

/** For HTTP boot the emulator is wrapped: sushy-tools' own makes a CD of it. */
function redfishPython(python: string | null): Readonly<Record<string, string>> {
  if (python === null) return {};
  if (bootInterface !== "redfish-https") return { SUSHY_PYTHON: python };
  return { SUSHY_PYTHON: join(import.meta.dirname, "http-boot-bmc"), HTTP_BOOT_PYTHON: python };
}

function lab(...args: string[]): void {
  const done = spawnSync(join(SHARED_LAB, "lab"), args, { env, stdio: ["ignore", "inherit", "inherit"] });
  if (done.status !== 0) throw new Error(`lab ${args.join(" ")} ended with ${done.status}`);
}

/** Also what inside.ts started, when that was ended before it could stop it. */
function down(): void {
  endAllIn(ns);
  spawnSync(join(SHARED_LAB, "lab"), ["down"], { env, stdio: "ignore" });
  if (values.keep) console.log(`state kept in ${state}`);
  else rmSync(state, { recursive: true, force: true });
}

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    down();
    process.exit(130);
  });
}

lab("up", "1");
if (redfish) lab("redfish");
const inside = spawn(
  "ip",
  ["netns", "exec", ns, process.execPath, "--import", "tsx", join(import.meta.dirname, "inside.ts")],
  {
    cwd: ROOT,
    env: { ...env, LAB_RUN: JSON.stringify({ ...values, bootInterface, ...artefacts, state }) },
    stdio: ["ignore", "inherit", "inherit"],
  },
);
inside.on("exit", (code) => {
  down();
  console.log(code === 0 ? "1 passed, 0 failed" : "0 passed, 1 failed");
  process.exit(code ?? 1);
});
