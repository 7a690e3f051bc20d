/** Runs a program of a container provider: an argument array, a limit of time, and its last words when it fails. */
import { type ExecFileException, execFile } from "node:child_process";
import { anySignal } from "../../common/any-signal.ts";
import { ConsoleContainerFailure } from "../../common/errors/console.ts";

export interface ProgramCall {
  /** As in [vnc]container_provider. */
  readonly provider: string;
  readonly program: string;
  /** Everybody on the machine can read these: no secrets. */
  readonly args: readonly string[];
  /** Over the environment of this process; secrets may be here. */
  readonly env?: Readonly<Record<string, string>>;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

const MOST_BYTES = 1024 * 1024;

/** Standard output. @throws ConsoleContainerFailure naming program, cause and remedy; the signal's reason */
export function runProgram({ provider, program, args, env = {}, limitMs, signal }: ProgramCall): Promise<string> {
  signal?.throwIfAborted();
  const deadline = AbortSignal.timeout(limitMs);
  const options = {
    env: { ...process.env, LC_ALL: "C", ...env },
    signal: anySignal(signal === undefined ? [deadline] : [signal, deadline]),
    maxBuffer: MOST_BYTES,
  };
  const what = `${program} ${args[0] === "--user" ? args[1] : args[0]}`;
  return new Promise((resolve, reject) => {
    const child = execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (signal?.aborted) return reject(signal.reason);
      reject(
        ConsoleContainerFailure({ provider, reason: `${what}: ${whyOf(error, stderr, deadline.aborted, limitMs)}` }),
      );
    });
    child.stdin?.on("error", () => {});
    child.stdin?.end();
  });
}

function whyOf(error: ExecFileException, stderr: string, late: boolean, limitMs: number): string {
  if (late) return `not done within ${limitMs / 1000} s.`;
  if (error.code === "ENOENT")
    return "the program is not there: install it, or choose another [vnc]container_provider.";
  if (error.code === "EACCES") return "ferric may not run it: correct its permissions.";
  return `it ended with ${error.code ?? error.signal}: ${lastLine(stderr)}`;
}

function lastLine(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.at(-1)?.trim().slice(0, 300) ?? "it said nothing";
}
