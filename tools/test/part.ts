/** What a part of the test run is, and how it runs programs: output into a file of its own, tail shown on failure. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { PackageGroup } from "./packages.ts";

export const ROOT = join(import.meta.dirname, "../..");
export const LOGS = join(ROOT, "coverage", "logs");

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Why something failed or was left out; shown in the table. */
  readonly note?: string;
  /** Lines shown when it failed. */
  readonly detail?: string;
}

export interface Part {
  readonly name: string;
  /** Debian packages it cannot do without. */
  readonly packages?: PackageGroup;
  /** Only with --full. */
  readonly full?: true;
  /** Not with --full, where a longer part has it all. */
  readonly brief?: true;
  run(): Promise<Outcome>;
}

export const passed = (note?: string): Outcome => ({ passed: 1, failed: 0, skipped: 0, ...(note ? { note } : {}) });
export const skipped = (note: string): Outcome => ({ passed: 0, failed: 0, skipped: 1, note });
export const failed = (note: string, detail?: string): Outcome => ({
  passed: 0,
  failed: 1,
  skipped: 0,
  note,
  ...(detail === undefined ? {} : { detail }),
});

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
}

export interface RunOptions {
  /** Name of the file the output goes to, under coverage/logs. */
  readonly log: string;
  readonly timeoutMs: number;
  /** Between asking a program that takes too long to stop, and ending it; and for what it leaves behind. */
  readonly graceMs?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each whole line. */
  readonly onLine?: (line: string) => void;
}

const GRACE_MS = 20_000;

export async function run(program: string, args: readonly string[], options: RunOptions): Promise<Run> {
  mkdirSync(LOGS, { recursive: true });
  const log = createWriteStream(join(LOGS, `${options.log}.log`));
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const parts: string[] = [];
  let line = "";
  const take = (chunk: Buffer) => {
    log.write(chunk);
    const text = chunk.toString("utf8");
    parts.push(text);
    const lines = (line + text).split("\n");
    line = lines.pop() ?? "";
    for (const whole of lines) options.onLine?.(whole);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const { graceMs = GRACE_MS } = options;
  const timer = setTimeout(() => {
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), graceMs).unref();
  }, options.timeoutMs);
  try {
    return await new Promise<Run>((resolve) => {
      child.once("error", (error) => resolve({ code: null, signal: null, output: String(error) }));
      child.once("close", (code, signal) => resolve({ code, signal, output: parts.join("") }));
      // What it has started and left may hold its output open for ever.
      const leave = () => {
        child.stdout.destroy();
        child.stderr.destroy();
      };
      child.once("exit", () => setTimeout(leave, graceMs).unref());
    });
  } finally {
    clearTimeout(timer);
    log.end();
  }
}

/** Runs one of our own TypeScript files or a tool of node_modules. */
export function runNode(args: readonly string[], options: RunOptions): Promise<Run> {
  return run(process.execPath, args, options);
}

export function tail(text: string, lines = 60): string {
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

export function how(run: Run): string {
  return run.signal === null ? `exit code ${run.code}` : `ended by ${run.signal}`;
}
