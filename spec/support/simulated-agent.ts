/** Starts a machine that is only a process: the real agent over disks that are files, found by its MAC addresses. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { diskPath, type FileDisk, type FileMachine } from "./file-disk-manager.ts";

export interface SimulatedAgentOptions {
  readonly apiUrl: string;
  readonly macs: readonly string[];
  /** Where its disks (NAME.img) and what it was told (last-power-action, boot-entry.json) lie. Made when absent. */
  readonly folder: string;
  /** At least one; 4 GiB or more to be chosen without hints (the files are sparse). */
  readonly disks: readonly FileDisk[];
  /** Kernel parameters beside the ones set here, for example "ipa-ferric-events-url". They win. */
  readonly kernelParams?: Readonly<Record<string, string>>;
  readonly bmcAddress?: string;
  readonly bootMode?: "bios" | "uefi";
  readonly cpu?: FileMachine["cpu"];
  /** MiB. */
  readonly memory?: number;
  /** Over the environment of the test. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface SimulatedAgent {
  readonly pid: number;
  /** Exit code, or null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** What it said so far. */
  output(): string;
  /** Resolves when the output matches; rejects when it ends before, or after `timeout` ms (30 s). */
  said(pattern: RegExp, timeout?: number): Promise<void>;
  diskPath(name: string): string;
  /** SIGTERM: the agent closes its server and ends. */
  stop(): Promise<void>;
  /** SIGKILL: the machine is gone from one moment to the next. */
  kill(): Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./simulated-agent-process.ts", import.meta.url));

export async function startSimulatedAgent(options: SimulatedAgentOptions): Promise<SimulatedAgent> {
  await mkdir(options.folder, { recursive: true });
  // A machine that starts has forgotten what lay in its memory.
  await rm(join(options.folder, "state"), { recursive: true, force: true });
  const { folder, macs, disks, bmcAddress, bootMode, cpu, memory } = options;
  const settings = {
    machine: { folder, macs, disks, bmcAddress, bootMode, cpu, memory },
    parameters: {
      "ipa-api-url": options.apiUrl,
      "ipa-listen-host": "127.0.0.1",
      "ipa-advertise-host": "127.0.0.1",
      "ipa-listen-port": "0",
      "ipa-lookup-interval": "0.2",
      "ipa-ferric-heartbeat-floor": "0.5",
      "ipa-image-download-connection-retry-interval": "0.5",
      "ipa-ferric-image-folder": join(folder, "images"),
      "ipa-ferric-state-folder": join(folder, "state"),
      ...(macs[0] === undefined ? {} : { BOOTIF: macs[0] }),
      ...options.kernelParams,
    },
  };
  const file = join(folder, "simulated-agent.json");
  await writeFile(file, JSON.stringify(settings));
  const env = { ...process.env, ...options.env };
  const child = spawn(process.execPath, ["--import", "tsx", PROGRAM, file], { env, stdio: ["ignore", "pipe", "pipe"] });
  return handleOf(child, folder);
}

function handleOf(child: ChildProcess, folder: string): SimulatedAgent {
  let text = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (const listener of listeners) listener();
    });
  }
  const exited = new Promise<number | null>((resolve) => {
    child.once("close", (code) => resolve(code));
    child.once("error", () => resolve(1));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await exited;
  };
  const said = (pattern: RegExp, timeout = 30_000) =>
    new Promise<void>((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer);
        listeners.delete(look);
        act();
      };
      const look = () => {
        if (pattern.test(text)) settle(resolve);
      };
      const fail = (why: string) => settle(() => reject(new Error(`${why} before it said ${pattern}:\n${text}`)));
      const timer = setTimeout(() => fail(`${timeout} ms passed`), timeout);
      listeners.add(look);
      void exited.then(() => fail("the agent ended"));
      look();
    });
  return {
    pid: child.pid ?? 0,
    exited,
    output: () => text,
    said,
    diskPath: (name) => diskPath({ folder }, name),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}
