/** One run of the command line as a child process, with what it says. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export class CommandRun {
  out = "";
  err = "";
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = spawn(process.execPath, [join(ROOT, "tools/bootstrap.mjs"), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    child.stdout.on("data", (chunk) => {
      this.out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      this.err += chunk;
    });
    this.ended = new Promise((resolve) => {
      child.once("close", (code) => resolve({ code, out: this.out, err: this.err }));
    });
  }

  /** The first match in what it says on standard output. @throws Error when it ends before */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(this.out);
        if (match !== null) resolve(match);
      };
      this.child.stdout?.on("data", look);
      void this.ended.then(({ code }) => {
        reject(new Error(`ended with ${code} before it said ${pattern}:\n${this.out}${this.err}`));
      });
      look();
    });
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
