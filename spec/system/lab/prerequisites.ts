/** What the lab needs on this machine, and the artefacts that are built once and kept: system images, ramdisk, CLI. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "../../..");
export const SHARED_LAB = resolve(ROOT, "../shared/lab");
/** Artefacts survive between runs here; removing the folder builds them anew. */
export const CACHE = process.env.FERRIC_LAB_CACHE ?? join(process.env.TMPDIR ?? "/tmp", "ferric-lab-cache");

const PROGRAMS = ["qemu-system-x86_64", "ipmi_sim", "ipmitool", "ip", "mmdebstrap", "sgdisk", "genisoimage", "socat"];

/** Why the lab cannot run here, or null. */
export function missing(): string | null {
  if (process.getuid?.() !== 0) return "the lab needs root (network namespaces)";
  if (!existsSync(SHARED_LAB)) return `the lab's scripts are not at ${SHARED_LAB}`;
  const absent = PROGRAMS.filter((name) => spawnSync("which", [name]).status !== 0);
  return absent.length === 0 ? null : `programs are missing: ${absent.join(", ")}`;
}

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): void {
  execFileSync(program, args, { stdio: ["ignore", "inherit", "inherit"], env: { ...process.env, ...env } });
}

export interface Artefacts {
  /** Folder with os.qcow2, os.raw and os.sha256. */
  readonly first: string;
  /** The same system with /etc/lab-image saying "second". */
  readonly second: string;
  readonly ramdisk: string;
  /** The stock `baremetal` program. */
  readonly baremetal: string;
  /** A Python that has sushy-tools (and virt-firmware), where the server is reached by Redfish. */
  readonly sushy: string | null;
}

/** Builds what is not there yet (about four minutes from nothing); `state` gets a ramdisk of its own, which no later build touches. */
export function prepare(state: string, { redfish }: { readonly redfish: boolean }): Artefacts {
  mkdirSync(CACHE, { recursive: true });
  const unlock = lockCache();
  try {
    return { ...build(state), sushy: redfish ? sushyTools() : null };
  } finally {
    unlock();
  }
}

/** Two labs side by side share the artefacts: one builds, the other waits. */
function lockCache(): () => void {
  const lock = join(CACHE, "lock");
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: "wx" });
      return () => rmSync(lock, { force: true });
    } catch {
      const holder = existsSync(lock) ? readFileSync(lock, "utf8") : "";
      if (holder !== "" && !existsSync(`/proc/${holder}`)) rmSync(lock, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
    }
  }
}

function build(state: string): Omit<Artefacts, "sushy"> {
  const first = join(CACHE, "first");
  const second = join(CACHE, "second");
  if (!existsSync(join(first, "os.sha256"))) run(join(SHARED_LAB, "make-image"), [first]);
  if (!existsSync(join(second, "os.sha256"))) secondImage(first, second);
  const ramdisk = join(state, "ramdisk");
  run(join(ROOT, "tools/ramdisk/build"), [ramdisk]);
  return { first, second, ramdisk, baremetal: stockCli() };
}

function secondImage(first: string, second: string): void {
  const extra = join(CACHE, "extra");
  mkdirSync(join(extra, "etc"), { recursive: true });
  mkdirSync(second, { recursive: true });
  writeFileSync(join(extra, "etc/lab-image"), "second\n");
  const rootfs = join(second, "os.rootfs.tar");
  cpSync(join(first, "os.rootfs.tar"), rootfs);
  run("tar", ["-C", extra, "-rf", rootfs, "./etc/lab-image"]);
  run(join(SHARED_LAB, "make-image"), [second]);
  rmSync(extra, { recursive: true });
}

function stockCli(): string {
  const venv = virtualEnvironment(
    "cli",
    ["python-ironicclient==6.3.0", "python-openstackclient==10.5.0"],
    "bin/baremetal",
  );
  return join(venv, "bin/baremetal");
}

function sushyTools(): string {
  const packages = ["sushy-tools==2.2.0", "virt-firmware==24.11"];
  return join(virtualEnvironment("sushy", packages, "bin/virt-fw-vars"), "bin/python3");
}

/** Its folder; built when `program` is not in it. */
function virtualEnvironment(name: string, packages: readonly string[], program: string): string {
  const venv = join(CACHE, name);
  if (existsSync(join(venv, program))) return venv;
  const fresh = `${venv}.new`;
  rmSync(fresh, { recursive: true, force: true });
  run("python3", ["-m", "venv", fresh]);
  run(join(fresh, "bin/pip"), ["install", "-q", ...packages]);
  // The programs name the folder they were installed under. Before the folder has its name: half of it is nothing to use.
  for (const entry of readdirSync(join(fresh, "bin"), { withFileTypes: true }))
    if (entry.isFile() && !entry.name.startsWith("python"))
      run("sed", ["-i", `1s#${fresh}#${venv}#`, join(fresh, "bin", entry.name)]);
  renameSync(fresh, venv);
  return venv;
}
