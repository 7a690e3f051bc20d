/** The serial line as ipmitool has it, to compare with. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";

const AGAIN_MS = 10_000;

export class IpmitoolLine {
  readonly #child: ChildProcess;
  #seen = "";

  constructor(port: number) {
    const login = [
      "-I",
      "lanplus",
      "-C",
      "3",
      "-H",
      "127.0.0.1",
      "-p",
      String(port),
      "-U",
      "admin",
      "-P",
      "secretpass",
    ];
    this.#child = spawn("ipmitool", [...login, "sol", "activate"], { stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding("latin1").on("data", (text: string) => {
        this.#seen += text;
      });
  }

  async asks(typed: string, expected: RegExp, limitMs: number): Promise<void> {
    for (const limit = Date.now() + limitMs; Date.now() < limit; ) {
      this.#child.stdin?.write(typed);
      for (const next = Date.now() + AGAIN_MS; Date.now() < next; await pause(100))
        if (expected.test(this.#seen)) return;
    }
    throw new Error(`ipmitool did not show ${expected}, but ${JSON.stringify(this.#seen.slice(-800))}`);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }
}
