/** The processes of a network namespace: all that a lab has started, whichever of them started which. */
import { spawnSync } from "node:child_process";

const GRACE_MS = 5000;
const LOOK_MS = 100;

export function pidsIn(namespace: string): readonly number[] {
  const { stdout } = spawnSync("ip", ["netns", "pids", namespace], { encoding: "utf8", timeout: 10_000 });
  return (stdout ?? "").split("\n").filter(Boolean).map(Number);
}

/** Asks all of them to end, and ends those that have not within 5 s. Blocks: whoever calls it is about to exit. */
export function endAllIn(namespace: string): void {
  signalAll(namespace, "SIGTERM");
  for (const limit = Date.now() + GRACE_MS; pidsIn(namespace).length > 0 && Date.now() < limit; )
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  signalAll(namespace, "SIGKILL");
}

function signalAll(namespace: string, signal: NodeJS.Signals): void {
  for (const pid of pidsIn(namespace)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  }
}
