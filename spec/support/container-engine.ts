/** Programs in a folder of a test that stand in for podman, docker and systemctl: see container-engine.sh. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const SCRIPT = resolve(import.meta.dirname, "container-engine.sh");

export interface EngineCall {
  readonly called: string;
  readonly appInfo: string;
  readonly host: string;
  readonly args: readonly string[];
}

export interface EngineContainer {
  readonly port: number;
  readonly labels: readonly string[];
  readonly env: readonly string[];
}

export class ContainerEngine implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), "ferric-engine-"));
  /** The program. */
  readonly podman: string;
  /** To be in front of PATH, for who calls podman and systemctl by name. */
  readonly bin: string;
  /** Of Quadlet files. */
  readonly units: string;

  /** `vnc`: the port of a VNC server that all containers show, or free ports for QEMU machines, one for each start. */
  constructor(vnc: number | readonly number[]) {
    this.bin = join(this.folder, "bin");
    this.units = join(this.folder, "units");
    mkdirSync(this.bin);
    const port = typeof vnc === "number" ? String(vnc) : "";
    if (typeof vnc !== "number") writeFileSync(join(this.folder, "ports"), vnc.map((free) => `${free}\n`).join(""));
    for (const name of ["podman", "systemctl"]) {
      const line = `ENGINE_VNC_PORT=${port} exec '${SCRIPT}' '${this.folder}' ${name} "$@"`;
      writeFileSync(join(this.bin, name), `#!/bin/sh\n${line}\n`);
      chmodSync(join(this.bin, name), 0o755);
    }
    this.podman = join(this.bin, "podman");
  }

  calls(): readonly EngineCall[] {
    const file = join(this.folder, "calls");
    const calls = existsSync(file) ? readFileSync(file, "utf8").split("\x1e").slice(0, -1) : [];
    return calls.map((call) => {
      const [called = "", appInfo = "", host = "", ...args] = call.split("\x1f").slice(0, -1);
      return { called, appInfo, host, args };
    });
  }

  /** By name. */
  containers(): ReadonlyMap<string, EngineContainer> {
    const folder = join(this.folder, "containers");
    if (!existsSync(folder)) return new Map();
    const lines = (name: string, file: string) =>
      readFileSync(join(folder, name, file), "utf8")
        .trim()
        .split("\n");
    return new Map(
      readdirSync(folder).map((name) => [
        name,
        { port: Number(lines(name, "port")[0]), labels: lines(name, "labels"), env: lines(name, "env") },
      ]),
    );
  }

  /** How many there are, also while one is being made. */
  get size(): number {
    const folder = join(this.folder, "containers");
    return existsSync(folder) ? readdirSync(folder).length : 0;
  }

  /** Containers cannot be started from now on. */
  breakDown(): void {
    writeFileSync(join(this.folder, "broken"), "");
  }

  [Symbol.dispose](): void {
    const folder = join(this.folder, "containers");
    for (const name of existsSync(folder) ? readdirSync(folder) : []) {
      const pid = join(folder, name, "pid");
      if (existsSync(pid)) process.kill(Number(readFileSync(pid, "utf8")), "SIGKILL");
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
