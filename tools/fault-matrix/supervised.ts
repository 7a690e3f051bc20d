/** A process of the service under a supervisor, as systemd would have it: started again whenever it ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, readFileSync, type WriteStream } from "node:fs";
import { createInterface } from "node:readline";
import { pause } from "./api-pool.ts";

/** As systemd's RestartSec: at once the first time, then in growing distances while it does not come up. */
const RESTART_MS = 100;
const SLOWEST_RESTART_MS = 1000;
const TICKS_A_SECOND = 100;
const LOOK_MS = 100;

export interface SupervisedOptions {
  readonly name: string;
  /** Node when absent. One that has processes of its own ends with all of them. */
  readonly program?: string;
  readonly args: readonly string[];
  /** Whether it serves, for a program that does not say "is ready". */
  readonly serves?: () => Promise<boolean>;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly log: string;
}

export class Supervised implements AsyncDisposable {
  readonly name: string;
  /** How often it was started. */
  starts = 0;
  readonly #options: SupervisedOptions;
  readonly #log: WriteStream;
  readonly #waiting = new Set<() => void>();
  #child: ChildProcess | null = null;
  #ready = false;
  #held = false;
  #failures = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(options: SupervisedOptions) {
    this.name = options.name;
    this.#options = options;
    this.#log = createWriteStream(options.log, { flags: "a" });
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Processor time that it has used, in seconds. */
  get cpuSeconds(): number {
    const fields = readFileSync(`/proc/${this.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
  }

  /** Resolves once it says that it is ready; at once when it is. */
  async ready(limitMs = 120_000): Promise<void> {
    if (this.#ready) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`${this.name} was not ready within ${limitMs / 1000} s`)), limitMs);
    });
    const said = new Promise<void>((done) => this.#waiting.add(done));
    try {
      await Promise.race([said, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  start(): void {
    this.#held = false;
    if (this.#child !== null) return;
    const { program = process.execPath, args, env, cwd, serves } = this.#options;
    this.starts += 1;
    const child = spawn(program, [...args], {
      cwd,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: this.#hasGroup,
    });
    this.#child = child;
    child.stderr.pipe(this.#log, { end: false });
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (/ is ready /.test(line)) this.#isUp();
    });
    if (serves !== undefined) void this.#watch(child, serves);
    child.once("exit", () => this.#ended(child));
  }

  /** Ends it by `signal`; the supervisor starts it again unless `stay` is set. Resolves when it has ended. */
  async kill(signal: NodeJS.Signals, options: { stay?: boolean } = {}): Promise<void> {
    this.#held = options.stay === true;
    const child = this.#child;
    if (child === null) return;
    const ended = once(child, "exit");
    this.signal(signal);
    await ended;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.#child?.pid === undefined) return;
    if (this.#hasGroup) process.kill(-this.#child.pid, signal);
    else this.#child.kill(signal);
  }

  get #hasGroup(): boolean {
    return this.#options.program !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#held = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.signal("SIGCONT");
    await this.kill("SIGKILL", { stay: true });
    this.#log.end();
  }

  async #watch(child: ChildProcess, serves: () => Promise<boolean>): Promise<void> {
    while (this.#child === child && !(await serves())) await pause(LOOK_MS);
    if (this.#child === child) this.#isUp();
  }

  #isUp(): void {
    this.#ready = true;
    this.#failures = 0;
    for (const done of this.#waiting) done();
    this.#waiting.clear();
  }

  #ended(child: ChildProcess): void {
    if (this.#child !== child) return;
    this.#child = null;
    if (!this.#ready) this.#failures += 1;
    this.#ready = false;
    if (this.#held) return;
    const pause = Math.min(RESTART_MS * 2 ** this.#failures, SLOWEST_RESTART_MS);
    this.#timer = setTimeout(() => {
      if (!this.#held) this.start();
    }, pause);
  }
}
