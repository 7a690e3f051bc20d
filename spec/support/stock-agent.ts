/**
 * The stock ironic-python-agent (from PyPI) as a process whose only disk is a loop device over a file. Taken from the
 * virtual environment that STOCK_AGENT_VENV names; runs as root in a mount namespace with a /dev of its own.
 */
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, open, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "./loopback.ts";

const run = promisify(execFile);
const ENTER = fileURLToPath(new URL("./stock-agent/enter", import.meta.url));
const VENV = process.env.STOCK_AGENT_VENV ?? join(tmpdir(), "stock-ipa");

export interface StockAgent {
  /** The file behind its disk. */
  readonly disk: string;
  output(): string;
  /** Programs it called that only write it down: "poweroff", for example. */
  calls(): Promise<string>;
  stop(): Promise<void>;
}

/** Why it cannot run here, or null. */
export function stockAgentMissing(): string | null {
  if (process.getuid?.() !== 0) return "the stock agent and its loop device need root";
  if (!existsSync(join(VENV, "bin", "ironic-python-agent")))
    return `no ironic-python-agent in ${VENV} (STOCK_AGENT_VENV)`;
  if (!existsSync("/sbin/parted")) return "parted is not installed, which the stock agent needs";
  if (!existsSync("/dev/loop-control")) return "this machine has no loop devices";
  return null;
}

export async function startStockAgent(options: {
  readonly apiUrl: string;
  readonly mac: string;
  readonly folder: string;
  readonly diskSize: number;
}): Promise<StockAgent> {
  const { folder } = options;
  await mkdir(folder, { recursive: true });
  const disk = join(folder, "disk.img");
  const file = await open(disk, "w");
  await file.truncate(options.diskSize);
  await file.close();
  const loop = (await run("losetup", ["--find", "--show", disk])).stdout.trim();
  const port = await freePort();
  const config = join(folder, "agent.conf");
  await writeFile(config, configuration(options.apiUrl, port));
  const calls = join(folder, "calls");
  const agent = join(VENV, "bin", "ironic-python-agent");
  const child = spawn("unshare", ["--mount", ENTER, folder, loop, agent, "--config-file", config], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      STOCK_CALLS: calls,
      STOCK_DISK: loop,
      STOCK_DISK_SIZE: String(options.diskSize),
      STOCK_MAC: options.mac,
      TMPDIR: folder,
    },
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
  }
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    disk,
    output: () => text,
    calls: () => readFile(calls, "utf8").catch(() => ""),
    stop: async () => {
      child.kill("SIGKILL");
      await ended;
      await run("losetup", ["--detach", loop]);
    },
  };
}

function configuration(apiUrl: string, port: number): string {
  const options = {
    api_url: apiUrl,
    listen_host: "127.0.0.1",
    listen_port: port,
    advertise_host: "127.0.0.1",
    advertise_port: port,
    disk_wait_attempts: 1,
    lookup_interval: 1,
    debug: true,
  };
  return `[DEFAULT]\n${Object.entries(options)
    .map(([key, value]) => `${key} = ${value}`)
    .join("\n")}\n`;
}
