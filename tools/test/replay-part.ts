/** Replays recorded exchanges of the real service against a conformance server of ours, on a free port. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { startConformanceServer } from "../../spec/conformance/conformance-server.ts";
import { type ServerKind, startServer } from "../../spec/support/database-servers.ts";
import { failed, how, type Outcome, ROOT, runNode, skipped, tail } from "./part.ts";

const CONTRACT = join(ROOT, "../shared/contract");
const REPLAY_MS = 30 * 60_000;

/** `kind`: the database that is replayed against. */
export async function replay(kind: "sqlite" | ServerKind = "sqlite"): Promise<Outcome> {
  const replayer = join(CONTRACT, "replay.mjs");
  if (!existsSync(replayer)) return skipped("the recordings (../shared/contract) are not beside this checkout");
  await using database = kind === "sqlite" ? null : await startServer(kind);
  const environment = database === null ? {} : { OS_DATABASE__CONNECTION: await database.create() };
  await using server = await startConformanceServer([], environment);
  const recordings = join(CONTRACT, "recordings");
  const run = await runNode([replayer, "--wipe", "--timeout-factor", "2", server.url, recordings], {
    log: `replay-${kind}`,
    timeoutMs: REPLAY_MS,
  });
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(run.output);
  if (counts === null) return failed(`the replayer came to no end (${how(run)})`, tail(run.output));
  return judge(Number(counts[1]), run.output);
}

/** Names what failed, with the replayer's own words. */
export function judge(passed: number, output: string): Outcome {
  const failures = [...output.matchAll(/^FAIL (\S+) (#\S+|calls to agent \S+)[^\n]*(?:\n {5}[^\n]*)*/gm)];
  return failures.length === 0
    ? { passed, failed: 0, skipped: 0, note: "all recordings" }
    : { passed, failed: failures.length, skipped: 0, detail: failures.map(([text]) => text).join("\n") };
}
