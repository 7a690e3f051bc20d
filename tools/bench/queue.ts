/**
 * Calls per second and latency through BullMQ, with the calling side's processor time: one API side (this process), one
 * conductor in a process of its own, a Redis of its own, a SQLite file for the ledger.
 * `node --import tsx tools/bench/queue.ts [--seconds N] [--callers 1,16]`. Prints a Markdown table.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { BullmqTransport } from "../../common/rpc/bullmq/transport.ts";
import type { Handlers, Method } from "../../common/rpc/contract.ts";
import { LocalTransport } from "../../common/rpc/local.ts";
import type { Transport } from "../../common/rpc/transport.ts";
import { openDatabase } from "../../db/connect.ts";

const HOST = "bench";
const CONTEXT = { request_id: "req-bench" };
const SERVE = "serve";

interface Row {
  readonly way: string;
  readonly callers: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuPerCall: number;
}

/** A call that only reads and one that is carried out once, which the ledger guards. */
const KINDS = { reads: "getSupportedBootDevices", once: "injectNmi" } as const satisfies Record<string, Method>;

const { values: flags } = parseArgs({
  options: { seconds: { type: "string", default: "5" }, callers: { type: "string", default: "1,16" } },
  allowPositionals: true,
});

function handlers(): Handlers {
  return new Proxy({} as Handlers, { get: () => async () => [] });
}

function configFor(port: number, file: string) {
  return defaultConfig({
    redis: { url: `redis://127.0.0.1:${port}/0` },
    database: { connection: `sqlite://${file}` },
  });
}

async function serve(port: number, file: string): Promise<void> {
  const config = configFor(port, file);
  const database = await openDatabase(config, silent);
  const onUnexpected = () => {};
  const transport = await BullmqTransport.open({
    config,
    ledger: database.stores.calls,
    keys: database.keys,
    log: silent,
    onUnexpected,
  });
  await transport.serve(HOST, handlers());
  process.stdout.write("ready\n");
}

async function measure(way: string, transport: Transport, method: Method, callers: number): Promise<Row> {
  const times: number[] = [];
  const end = performance.now() + Number(flags.seconds) * 1000;
  const caller = async () => {
    while (performance.now() < end) {
      const start = performance.now();
      await transport.call(HOST, method, { node: "n1" } as never, CONTEXT);
      times.push(performance.now() - start);
    }
  };
  const cpu = process.cpuUsage();
  await Promise.all(Array.from({ length: callers }, caller));
  const used = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    way,
    callers,
    perSecond: times.length / Number(flags.seconds),
    p50: at(0.5),
    p99: at(0.99),
    cpuPerCall: (used.user + used.system) / 1000 / times.length,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function bench(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ferric-bench-queue-"));
  const port = await freePort();
  const file = join(folder, "bench.sqlite");
  const redisArgs = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const redis = spawn("redis-server", redisArgs, { stdio: "ignore" });
  const config = configFor(port, file);
  const database = await openDatabase(config, silent);
  const script = process.argv[1] ?? "";
  const conductor = spawn(process.execPath, ["--import", "tsx", script, SERVE, String(port), file], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    await new Promise((ready, failed) => {
      conductor.stdout.once("data", ready);
      conductor.once("exit", (code) => failed(new Error(`the conductor ended with ${code}`)));
    });
    const onUnexpected = () => {};
    const queue = await BullmqTransport.open({
      config,
      ledger: database.stores.calls,
      keys: database.keys,
      log: silent,
      onUnexpected,
    });
    const local = new LocalTransport();
    await local.serve(HOST, handlers());
    const rows: Row[] = [];
    for (const callers of flags.callers.split(",").map(Number)) {
      rows.push(await measure("local, one process", local, KINDS.reads, callers));
      for (const [kind, method] of Object.entries(KINDS))
        rows.push(await measure(`bullmq, two processes, ${kind}`, queue, method, callers));
    }
    process.stdout.write(`${table(rows)}\n`);
    await queue[Symbol.asyncDispose]();
  } finally {
    conductor.kill();
    await database[Symbol.asyncDispose]();
    redis.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function table(rows: readonly Row[]): string {
  const lines = rows.map(
    ({ way, callers, perSecond, p50, p99, cpuPerCall }) =>
      `| ${way} | ${callers} | ${perSecond.toFixed(0)} | ${p50.toFixed(2)} | ${p99.toFixed(1)} | ${cpuPerCall.toFixed(3)} |`,
  );
  return [
    "| way | callers | calls/s | p50 ms | p99 ms | CPU ms a call, API side |",
    "|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

const [, , mode, port, file] = process.argv;
if (mode === SERVE) await serve(Number(port), file ?? "");
else await bench();
