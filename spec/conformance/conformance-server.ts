/** `ferric conformance` as a child process on a free port, with a throw-away database. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../..");
const START_MS = 60_000;
const STOP_MS = 15_000;

export interface ConformanceServer extends AsyncDisposable {
  readonly url: string;
}

/**
 * `flags`: settings over those it always has; `environment`: such as a process list must not show
 * (OS_DATABASE__CONNECTION); `node`: the Node.js that runs it. @throws Error with what it printed when it does not come up
 */
export async function startConformanceServer(
  flags: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
  node = process.execPath,
): Promise<ConformanceServer> {
  const folder = mkdtempSync(join(tmpdir(), "ferric-conformance-"));
  const args = [join(ROOT, "tools/ferric.mjs"), "conformance", "--port", "0", "--data", folder, ...flags];
  const child = spawn(node, args, {
    cwd: ROOT,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  try {
    const url = await readyUrl(child);
    return { url, [Symbol.asyncDispose]: () => stop(child, folder) };
  } catch (error) {
    await stop(child, folder);
    throw error;
  }
}

function readyUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    const give = (why: string) => reject(new Error(`the conformance server ${why}:\n${said.slice(-4000)}`));
    const deadline = setTimeout(() => give("did not get ready in time"), START_MS);
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const url = /conformance server is ready at (\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(deadline);
      // Read on, so that it never waits for a full pipe.
      for (const stream of [child.stdout, child.stderr]) stream?.off("data", listen).resume();
      resolve(url);
    };
    for (const stream of [child.stdout, child.stderr]) stream?.on("data", listen);
    child.once("exit", (code) => give(`ended with ${code}`));
  });
}

async function stop(child: ChildProcess, folder: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = new Promise((done) => child.once("exit", done));
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    child.kill("SIGTERM");
    await ended;
    clearTimeout(timer);
  }
  rmSync(folder, { recursive: true, force: true });
}
