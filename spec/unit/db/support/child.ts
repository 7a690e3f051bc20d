/** Child processes that use the same database, as a second instance of the service would. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

export interface Child {
  readonly process: ChildProcess;
  /** Lines of its standard output, as they come. */
  readonly lines: AsyncIterable<string>;
  /** Its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
}

const WORKER = join(import.meta.dirname, "worker.ts");

/** Starts `task` of worker.ts on the database. */
export function startChild(task: string, driver: string, connection: string): Child {
  const child = spawn(process.execPath, ["--import", "tsx", WORKER, task, driver, connection], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  return { process: child, lines: createInterface({ input: child.stdout }), ended };
}
