/**
 * Network namespaces for the boot services: a server with two networks and a tap device, a client in each network, and a
 * client behind a relay. Everything is named fboot-* and removed at the end.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

export type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

const SPACES = ["fboot-s", "fboot-a", "fboot-b", "fboot-r", "fboot-c"];

/** Each: end and its namespace, other end and its namespace. */
const CABLES: readonly (readonly [string, string, string, string])[] = [
  ["s1", "fboot-s", "a0", "fboot-a"],
  ["s2", "fboot-s", "b0", "fboot-b"],
  ["r0", "fboot-r", "c0", "fboot-c"],
];
export const TAP = "t0";

/** Why the tests cannot run here; null when they can. */
export function missing(programs: readonly string[]): string | null {
  if (process.getuid?.() !== 0) return "network namespaces need root";
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  const exists = (path: string) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  const absent = programs.filter((program) => !folders.some((folder) => exists(join(folder, program))));
  return absent.length === 0 ? null : `not installed: ${absent.join(", ")}`;
}

export class Namespaces implements AsyncDisposable {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(): Promise<Namespaces> {
    const spaces = new Namespaces(await mkdtemp(join(tmpdir(), "ferric-netns-")));
    removeSpaces();
    for (const space of SPACES) await run("ip", ["netns", "add", space]);
    for (const [end, space, other, otherSpace] of CABLES)
      await run("ip", ["link", "add", end, "netns", space, "type", "veth", "peer", "name", other, "netns", otherSpace]);
    // The relay's other leg lies in network a, through a switch there.
    await spaces.#bridgeRelay();
    await spaces.in("fboot-s", "ip", "tuntap", "add", "dev", TAP, "mode", "tap");
    const addresses = [
      ["fboot-s", "s1", "10.1.0.1/24"],
      ["fboot-s", "s2", "10.2.0.1/24"],
      ["fboot-s", TAP, "10.4.0.1/24"],
      ["fboot-r", "ra", "10.1.0.3/24"],
      ["fboot-r", "r0", "10.3.0.1/24"],
    ] as const;
    for (const [space, device, address] of addresses)
      await spaces.in(space, "ip", "addr", "add", address, "dev", device);
    for (const [space, device] of [
      ...addresses,
      ["fboot-a", "br0"],
      ["fboot-a", "a0"],
      ["fboot-a", "ar"],
      ["fboot-a", "ac"],
      ["fboot-a", "client"],
      ["fboot-b", "b0"],
      ["fboot-c", "c0"],
    ] as const)
      await spaces.in(space, "ip", "link", "set", device, "up");
    await spaces.in("fboot-s", "ip", "route", "add", "10.3.0.0/24", "via", "10.1.0.3");
    for (const space of SPACES) await spaces.in(space, "ip", "link", "set", "lo", "up");
    return spaces;
  }

  async #bridgeRelay(): Promise<void> {
    await run("ip", [
      "link",
      "add",
      "ra",
      "netns",
      "fboot-r",
      "type",
      "veth",
      "peer",
      "name",
      "ar",
      "netns",
      "fboot-a",
    ]);
    await this.in("fboot-a", "ip", "link", "add", "client", "type", "veth", "peer", "name", "ac");
    await this.in("fboot-a", "ip", "link", "add", "br0", "type", "bridge");
    for (const port of ["a0", "ar", "ac"]) await this.in("fboot-a", "ip", "link", "set", port, "master", "br0");
  }

  async in(space: string, program: string, ...args: string[]): Promise<string> {
    const { stdout } = await run("ip", ["netns", "exec", space, program, ...args], { timeout: 60_000 });
    return stdout;
  }

  /** Starts a program that goes on; ended with the namespaces. */
  start(space: string, program: string, ...args: string[]): ChildProcess {
    const child = spawn("ip", ["netns", "exec", space, program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#children.push(child);
    return child;
  }

  async mac(space: string, device: string): Promise<string> {
    return (await this.in(space, "cat", `/sys/class/net/${device}/address`)).trim();
  }

  /** What udhcpc's script is told when it has a lease (udhcpc's own names); null when it got none. */
  async dhcp(space: string, device: string, ...args: string[]): Promise<Readonly<Record<string, string>> | null> {
    const out = join(this.folder, `lease-${space}`);
    const script = join(this.folder, `script-${space}`);
    await rm(out, { force: true });
    await writeFile(script, `#!/bin/sh\n[ "$1" = bound ] && env > ${out}\nexit 0\n`, { mode: 0o755 });
    await this.in(
      space,
      "busybox",
      "udhcpc",
      "-i",
      device,
      "-n",
      "-q",
      "-f",
      "-t",
      "3",
      "-T",
      "1",
      "-s",
      script,
      ...args,
    ).catch(() => {});
    const text = await readFile(out, "utf8").catch(() => null);
    if (text === null) return null;
    return Object.fromEntries(
      text.split("\n").map((line) => [line.split("=", 1)[0] ?? "", line.slice(line.indexOf("=") + 1)]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGTERM");
    await Promise.all(
      this.#children.map(
        (child) => (child.exitCode ?? child.signalCode) === null && new Promise((done) => child.once("exit", done)),
      ),
    );
    removeSpaces();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function removeSpaces(): void {
  const present = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
  for (const space of SPACES)
    if (new RegExp(`^${space}\\b`, "m").test(present)) execFileSync("ip", ["netns", "delete", space]);
}

/** Reads JSON lines of a child; `until` waits for one that fits, also among those already read. */
export class EventStream {
  readonly all: Event[] = [];
  #wake: () => void = () => {};

  constructor(child: ChildProcess) {
    if (child.stdout === null) throw new Error("the child has no output");
    createInterface(child.stdout).on("line", (line) => {
      this.all.push(JSON.parse(line));
      this.#wake();
    });
    let complaints = "";
    child.stderr?.on("data", (chunk) => {
      complaints += chunk;
    });
    child.once("exit", (code) => {
      if (code !== 0) this.all.push({ type: "exit", code, complaints });
      this.#wake();
    });
  }

  async until(fits: (event: Event) => boolean): Promise<Event> {
    for (;;) {
      const found = this.all.find((event) => fits(event) || event.type === "exit");
      if (found?.type === "exit") throw new Error(`the server ended: ${found.complaints}`);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }
}
