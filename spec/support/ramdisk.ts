/** The deploy ramdisk for tests: built when it can be, from the cache in a second when only the agent has changed. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdtemp, open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const BUILD = fileURLToPath(new URL("../../tools/ramdisk/build", import.meta.url));
const BUILD_LIMIT_MS = 600_000;
export const OVMF = "/usr/share/OVMF";

export interface Ramdisk {
  readonly kernel: string;
  readonly initramfs: string;
}

/** Why no ramdisk can be built or booted here, or null. */
export function ramdiskMissing(): string | null {
  if (process.getuid?.() !== 0) return "the ramdisk is built as root";
  for (const tool of ["mmdebstrap", "qemu-system-x86_64", "cpio", "zstd"]) {
    if (!["/usr/bin", "/usr/sbin", "/bin"].some((folder) => existsSync(join(folder, tool))))
      return `${tool} is not installed`;
  }
  return process.arch === "x64" ? null : "the tests boot x86_64 only";
}

/** `$FERRIC_RAMDISK` names a folder with a finished one. */
export async function buildRamdisk(): Promise<Ramdisk> {
  const given = process.env.FERRIC_RAMDISK;
  const folder = given ?? (await mkdtemp(join(tmpdir(), "ferric-ramdisk-")));
  if (given === undefined) await run(BUILD, ["--profile", "lab", folder], { timeout: BUILD_LIMIT_MS });
  return { kernel: join(folder, "ferric-agent.kernel"), initramfs: join(folder, "ferric-agent.initramfs") };
}

export interface BootedMachine {
  /** Serial console so far. */
  console(): string;
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
}

export interface BootOptions {
  readonly ramdisk: Ramdisk;
  /** Folder for disks and variables of this machine. */
  readonly folder: string;
  readonly firmware: "bios" | "uefi";
  readonly mac: string;
  /** Serial numbers and sizes in bytes; files disk-SERIAL.raw are made in the folder. */
  readonly disks: readonly { readonly serial: string; readonly size: number }[];
  /** Kernel parameters. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Port of the host that leads to the agent's 9999. */
  readonly port: number;
}

export interface MachineWishes {
  readonly mac: string;
  /** QEMU's kind of machine. */
  readonly machine?: string;
  /** MiB. */
  readonly memory?: number;
  /** Where its serial console goes. */
  readonly serial?: string;
  /** More for its network, from a comma on. */
  readonly forward?: string;
}

/** A machine for QEMU: no screen, one card without a boot program, and an end instead of a restart. */
export function machineArguments(wishes: MachineWishes) {
  const { mac, machine = "q35", memory = 1536, serial = "stdio", forward = "" } = wishes;
  const board = ["-machine", machine, "-cpu", "max", "-smp", "2", "-m", String(memory)];
  const net = ["-netdev", `user,id=net${forward}`, "-device", `virtio-net-pci,netdev=net,mac=${mac},romfile=`];
  return [...board, "-display", "none", "-serial", serial, "-no-reboot", ...net] as const;
}

/** UEFI, with variables of this machine's own in the folder. */
export async function uefiArguments(folder: string, code = "OVMF_CODE_4M.fd", variables = "OVMF_VARS_4M.fd") {
  const own = join(folder, "variables.fd");
  await copyFile(join(OVMF, variables), own);
  const flash = "if=pflash,format=raw";
  return ["-drive", `${flash},readonly=on,file=${join(OVMF, code)}`, "-drive", `${flash},file=${own}`] as const;
}

/** Boots the ramdisk in QEMU under software emulation; the host's loopback is 10.0.2.2 for it. */
export async function bootRamdisk(options: BootOptions): Promise<BootedMachine> {
  const parameters = Object.entries({ console: "ttyS0", ...options.parameters }).map(
    ([key, value]) => `${key}=${value}`,
  );
  const args = [...machineArguments({ mac: options.mac, forward: `,hostfwd=tcp:127.0.0.1:${options.port}-:9999` })];
  args.push("-kernel", options.ramdisk.kernel, "-initrd", options.ramdisk.initramfs, "-append", parameters.join(" "));
  for (const { serial, size } of options.disks) {
    const path = join(options.folder, `disk-${serial}.raw`);
    const file = await open(path, "a");
    await file.truncate(size);
    await file.close();
    args.push(
      "-drive",
      `if=none,id=${serial},format=raw,cache=unsafe,file=${path}`,
      "-device",
      `virtio-blk-pci,drive=${serial},serial=${serial}`,
    );
  }
  if (options.firmware === "uefi") args.push(...(await uefiArguments(options.folder)));
  return machineOf(spawn("qemu-system-x86_64", args, { stdio: ["ignore", "pipe", "pipe"] }));
}

function machineOf(child: ChildProcess): BootedMachine {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once("close", (code) => resolve(code));
    child.once("error", () => resolve(1));
  });
  return {
    console: () => text,
    exited,
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}
