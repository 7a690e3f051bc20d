/** Runs a program of the ramdisk: argument array, no shell, a time limit, bounded output. */
import { spawn } from "node:child_process";
import { anySignal } from "../common/any-signal.ts";
import { commandFailed } from "./errors.ts";

export interface RunOptions {
  /** Milliseconds until the program is killed. */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** Written to standard input; secrets go here, never into arguments. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Receives standard output as it comes. */
  readonly onOutput?: (text: string) => void;
}

const OUTPUT_LIMIT = 16 * 1024 * 1024;

/**
 * Standard output of the program. Throws a CommandExecutionError with the end of its standard error when it exits
 * with another code than 0, is missing, or runs longer than the limit.
 */
export function runProgram(file: string, args: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const limit = AbortSignal.timeout(options.timeout);
    const signal = options.signal === undefined ? limit : anySignal([limit, options.signal]);
    const child = spawn(file, [...args], {
      stdio: ["pipe", "pipe", "pipe"],
      signal,
      killSignal: "SIGKILL",
      env: { ...process.env, LC_ALL: "C", ...options.env },
    });
    let out = "";
    let err = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (out.length < OUTPUT_LIMIT) out += text;
      options.onOutput?.(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      err = (err + text).slice(-4000);
    });
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", (error) => {
      if (limit.aborted) reject(commandFailed(`${file} ran longer than ${options.timeout / 1000} s`, error));
      else reject(commandFailed(`${file} could not run: ${error.message}`, error));
    });
    child.on("close", (code, killedBy) => {
      if (code === 0) resolve(out);
      else
        reject(
          commandFailed(`${file} ended with ${killedBy ?? `code ${code}`}: ${(err.trim() || out.trim()).slice(-1000)}`),
        );
    });
  });
}

/** Output of a program whose absence or failure only means that there is nothing to know. */
export async function tryProgram(file: string, args: readonly string[], timeout = 20_000): Promise<string | null> {
  try {
    return await runProgram(file, args, { timeout });
  } catch {
    return null;
  }
}
