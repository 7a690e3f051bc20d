/** Replays recorded exchanges of the real service against a conformance server of ours, on a free port. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FLEET_CONDUCTORS, startConformanceFleet } from "../../spec/conformance/conformance-fleet.ts";
import { type ConformanceServer, startConformanceServer } from "../../spec/conformance/conformance-server.ts";
import { recordingsFor } from "../../spec/conformance/several-conductors.ts";
import { type ServerKind, startServer } from "../../spec/support/database-servers.ts";
import { otherNode } from "./other-node.ts";
import { failed, how, type Outcome, ROOT, runNode, skipped, tail } from "./part.ts";

const CONTRACT = join(ROOT, "../shared/contract");
const RECORDINGS = join(CONTRACT, "recordings");
const REPLAY_MS = 30 * 60_000;

/** One process, or APIs and conductors over a queue. */
export type ReplayShape = "one process" | "queue";

export interface ReplayOptions {
  readonly database?: "sqlite" | ServerKind;
  readonly shape?: ReplayShape;
  /** Version of the Node.js that runs the service, where that is another one than ours; one process only. */
  readonly node?: string;
}

export async function replay(options: ReplayOptions = {}): Promise<Outcome> {
  const { database: kind = "sqlite", shape = "one process", node } = options;
  const replayer = join(CONTRACT, "replay.mjs");
  if (!existsSync(replayer)) return skipped("the recordings (../shared/contract) are not beside this checkout");
  await using database = kind === "sqlite" ? null : await startServer(kind);
  const connection = (await database?.create()) ?? null;
  const isFleet = shape === "queue";
  await using server = await (isFleet ? startConformanceFleet(connection) : startAlone(connection, node));
  using recordings = isFleet ? changedRecordings() : asRecorded();
  const run = await runNode([replayer, "--wipe", "--timeout-factor", "2", server.url, recordings.folder], {
    log: ["replay", ...(isFleet ? ["queue"] : []), kind, ...(node === undefined ? [] : ["node", node])].join("-"),
    timeoutMs: REPLAY_MS,
  });
  const counts = /^(\d+) passed, (\d+) failed$/m.exec(run.output);
  if (counts === null) return failed(`the replayer came to no end (${how(run)})`, tail(run.output));
  return judge(Number(counts[1]), run.output);
}

async function startAlone(connection: string | null, node: string | undefined): Promise<ConformanceServer> {
  const environment = connection === null ? {} : { OS_DATABASE__CONNECTION: connection };
  return startConformanceServer([], environment, node === undefined ? process.execPath : await otherNode(node));
}

interface Recordings extends Disposable {
  readonly folder: string;
}

function asRecorded(): Recordings {
  return { folder: RECORDINGS, [Symbol.dispose]: () => undefined };
}

function changedRecordings(): Recordings {
  const scratch = mkdtempSync(join(tmpdir(), "ferric-recordings-"));
  const folder = join(scratch, "recordings");
  recordingsFor(FLEET_CONDUCTORS, RECORDINGS, folder);
  return { folder, [Symbol.dispose]: () => rmSync(scratch, { recursive: true, force: true }) };
}

/** Names what failed, with the replayer's own words. */
export function judge(passed: number, output: string): Outcome {
  const failures = [...output.matchAll(/^FAIL (\S+) (#\S+|calls to agent \S+)[^\n]*(?:\n {5}[^\n]*)*/gm)];
  return failures.length === 0
    ? { passed, failed: 0, skipped: 0, note: "all recordings" }
    : { passed, failed: failures.length, skipped: 0, detail: failures.map(([text]) => text).join("\n") };
}
