/**
 * The benchmark of the API against the real service, on the workload of ../shared/bench (or FERRIC_BENCH_DIR):
 * `npm run build && node --import tsx tools/bench/run.ts [--nodes N] [--rounds N] [--seconds N] [--grow N] [--only REGEX]
 * [--skip REGEX] [--alone] [--port N] [--page FILE]`. Both services side by side, in turns; the results page is written at the end.
 */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { builtProgram } from "../built-program.mjs";
import { type Measured, page } from "./page.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const PEER_PORT = 6385;
const OUR_START_MS = 30_000;
const PEER_START_MS = 15 * 60_000;

const { values: flags } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "2" },
    grow: { type: "string", default: "0" },
    only: { type: "string", default: "" },
    skip: { type: "string", default: "" },
    alone: { type: "boolean", default: false },
    /** Ours; another run on the machine needs another. */
    port: { type: "string", default: "7500" },
    page: { type: "string", default: join(ROOT, "docs", "results", "bench.md") },
  },
});

const bench = process.env.FERRIC_BENCH_DIR ?? resolve(ROOT, "../shared/bench");
const peer = resolve(bench, "../peer/peer-ironic.sh");
if (builtProgram("conformance") === null) throw new Error("dist/ is missing or old; run: npm run build");
if (!existsSync(join(bench, "bench.mjs"))) throw new Error(`${bench} has no bench.mjs; name it by FERRIC_BENCH_DIR`);

const folder = mkdtempSync(join(tmpdir(), "ferric-bench-"));
const data = join(folder, "data");
const out = join(folder, "bench.json");
mkdirSync(data);

/** As package.json starts the service: a young generation of 12 MB in place of 48, which costs no CPU here. */
const NODE_FLAGS = "--max-semi-space-size=4";
const built = (command: string) =>
  `${process.execPath} ${NODE_FLAGS} ${join(ROOT, "tools/bench/built.mjs")} ${command} ${data} ${flags.port}`;
const ours = (prefix: string) => [
  `--${prefix}pids-cmd=${built("pids")}`,
  `--${prefix}start-cmd=${built("start")}`,
  `--${prefix}stop-cmd=${built("stop")}`,
];
const url = (port: number) => `http://127.0.0.1:${port}`;

function targets(): readonly string[] {
  if (flags.alone) return [`--url=${url(Number(flags.port))}`, "--label=ferric", ...ours("")];
  const theirs = [`--pids-cmd=${peer} pids`, `--start-cmd=${peer} up`, `--stop-cmd=${peer} down`];
  return [
    `--url=${url(PEER_PORT)}`,
    "--label=peer",
    ...theirs,
    `--vs=${url(Number(flags.port))}`,
    "--vs-label=ferric",
    ...ours("vs-"),
  ];
}

async function untilAnswers(base: string): Promise<void> {
  for (const limit = Date.now() + OUR_START_MS; Date.now() < limit; ) {
    const answers = await fetch(`${base}/v1/drivers`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
    if (answers?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`ferric did not answer at ${base} in time`);
}

async function measure(): Promise<void> {
  const { nodes, rounds, seconds, grow, only, skip } = flags;
  const rows = [`--only=${only}`, `--skip=${skip}`];
  const sizes = [`--nodes=${nodes}`, `--rounds=${rounds}`, `--seconds=${seconds}`, `--grow=${grow}`, ...rows];
  const args = [join(bench, "bench.mjs"), ...targets(), ...sizes, `--out=${out}`, `--md=${join(folder, "bench.md")}`];
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  const code = await new Promise((done) => child.once("exit", done));
  if (code !== 0) throw new Error(`bench.mjs ended with ${code}`);
}

try {
  if (!flags.alone) {
    execFileSync(peer, ["wipe"], { stdio: "inherit", timeout: 120_000 });
    execFileSync(peer, ["start"], { stdio: "inherit", timeout: PEER_START_MS });
  }
  const shell = spawn(process.execPath, built("start").split(" ").slice(1), { stdio: "ignore" });
  shell.unref();
  await untilAnswers(url(Number(flags.port)));
  await measure();
  writeFileSync(flags.page, page(JSON.parse(readFileSync(out, "utf8")) as Measured));
  process.stdout.write(`written: ${flags.page}\n`);
} finally {
  execFileSync(process.execPath, built("stop").split(" ").slice(1), { timeout: 30_000 });
  if (!flags.alone) execFileSync(peer, ["stop"], { stdio: "inherit", timeout: 120_000 });
  rmSync(folder, { recursive: true, force: true });
}
