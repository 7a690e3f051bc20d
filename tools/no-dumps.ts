/**
 * Keeps this process's memory, which holds secrets, from being written to a file or shown: no core dump, no debugger.
 * Node's diagnostic reports and heap snapshots are off by default and stay so.
 */
import { execFile } from "node:child_process";

const PRLIMIT_MS = 5000;

/** To be called once. Best effort: a supervisor's own limit (LimitCORE=0) holds from the first moment on. */
export function preventDumps(): void {
  // Without a listener Node opens its debugger on this signal, for everybody on the machine to connect to.
  process.on("SIGUSR1", () => {});
  // Node has no call for setrlimit(2); util-linux has a program. Where it is not, the limit stays what it was.
  execFile("prlimit", ["--core=0:0", "--pid", String(process.pid)], { timeout: PRLIMIT_MS }, () => {}).unref();
}
