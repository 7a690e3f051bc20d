/** Replays recorded exchanges of the real service against a conformance server of ours, on a free port. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { failed, how, type Outcome, ROOT, runNode, skipped, tail } from "./part.ts";

const CONTRACT = join(ROOT, "../shared/contract");
const START_MS = 60_000;
const STOP_MS = 15_000;
const REPLAY_MS = 30 * 60_000;

export async function replay(): Promise<Outcome> {
  const replayer = join(CONTRACT, "replay.mjs");
  if (!existsSync(replayer)) return skipped("the recordings (../shared/contract) are not beside this checkout");
  const server = await ConformanceServer.start();
  try {
    const recordings = join(CONTRACT, "recordings");
    const run = await runNode([replayer, "--wipe", "--timeout-factor", "2", server.url, recordings], {
      log: "replay",
      timeoutMs: REPLAY_MS,
    });
    const counts = /^(\d+) passed, (\d+) failed$/m.exec(run.output);
    if (counts === null) return failed(`the replayer came to no end (${how(run)})`, tail(run.output));
    return judge(Number(counts[1]), run.output);
  } finally {
    await server.stop();
  }
}

/** Names what failed, with the replayer's own words. */
export function judge(passed: number, output: string): Outcome {
  const failures = [...output.matchAll(/^FAIL (\S+) (#\S+|calls to agent \S+)[^\n]*(?:\n {5}[^\n]*)*/gm)];
  return failures.length === 0
    ? { passed, failed: 0, skipped: 0, note: "all recordings" }
    : { passed, failed: failures.length, skipped: 0, detail: failures.map(([text]) => text).join("\n") };
}

class ConformanceServer {
  readonly url: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.#stop = stop;
  }

  /** @throws Error with what the server said when it is not ready in time */
  static start(): Promise<ConformanceServer> {
    const child = spawn(process.execPath, [join(ROOT, "tools/bootstrap.mjs"), "conformance", "--port", "0"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const stop = async () => {
      const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
      child.kill("SIGTERM");
      await ended;
      clearTimeout(timer);
    };
    return new Promise((resolve, reject) => {
      let output = "";
      const give = (why: string) => reject(new Error(`the conformance server ${why}:\n${tail(output)}`));
      const timer = setTimeout(() => void stop().then(() => give("was not ready in time")), START_MS);
      const take = (chunk: Buffer) => {
        if (output.length < 1_000_000) output += chunk.toString("utf8");
        const url = /is ready at (\S+)/.exec(output)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(new ConformanceServer(url, stop));
      };
      child.stdout.on("data", take);
      child.stderr.on("data", take);
      void ended.then(() => {
        clearTimeout(timer);
        give("ended");
      });
    });
  }

  async stop(): Promise<void> {
    await this.#stop();
  }
}
