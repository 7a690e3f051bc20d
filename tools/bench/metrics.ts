/** What metrics cost: what a request, an exchange and a reading pay, and a scrape of ten thousand machines. Prints a table. */
import { execFile } from "node:child_process";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import { promisify } from "node:util";
import { RequestTally } from "../../api/request-tally.ts";
import type { BmcExchange } from "../../common/bmc-exchange.ts";
import { defaultConfig } from "../../common/config/config.ts";
import { silent } from "../../common/log.ts";
import { Metrics } from "../../common/metrics.ts";
import { SensorBoard } from "../../common/sensor-board.ts";
import type { SensorReading } from "../../common/sensors.ts";
import { BmcLog } from "../../conductor/bmc-log.ts";
import { serveMetrics } from "../metrics/endpoint.ts";
import { ExchangeTally } from "../metrics/exchange-tally.ts";

const run = promisify(execFile);
const NODES = 10_000;
const SENSORS = 30;
const MIB = 2 ** 20;
const RESOLUTION_MS = 5;
const ROUTES = ["/v1/nodes", "/v1/nodes/:node", "/v1/ports"] as const;
const EXCHANGE: BmcExchange = {
  protocol: "ipmi",
  address: "192.0.2.7:623",
  request: "Get Chassis Status: 00 01",
  answer: "21 10 40",
  fault: null,
  ms: 2,
};
const KINDS = [
  { kind: "temperature", unit: "Celsius" },
  { kind: "fan", unit: "RPM" },
  { kind: "voltage", unit: "Volts" },
  { kind: "power", unit: "Watts" },
] as const;

/** Processor time of one, in nanoseconds; the first tenth warms up. */
function costOf(times: number, work: (at: number) => void): number {
  for (let at = 0; at < times / 10; at++) work(at);
  const began = process.cpuUsage();
  for (let at = 0; at < times; at++) work(at);
  const { user, system } = process.cpuUsage(began);
  return ((user + system) * 1000) / times;
}

function readings(): readonly SensorReading[] {
  return Array.from({ length: SENSORS }, (_, at) => {
    const { kind, unit } = KINDS[at % KINDS.length] ?? KINDS[0];
    return { name: `Sensor ${at}`, kind, unit, value: 40 + at, status: "ok" };
  });
}

async function scraped(board: SensorBoard): Promise<readonly string[]> {
  const config = defaultConfig({ prometheus: { enabled: true, port: 0 } });
  using metrics = new Metrics(() => {});
  await using endpoint = await serveMetrics({ config, log: silent, metrics, board });
  const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  loop.enable();
  await pause(100);
  loop.reset();
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  const { stdout } = await run("curl", ["-s", "-o", "/dev/null", "-w", "%{size_download}", endpoint.url]);
  const { user, system } = process.cpuUsage(cpu);
  const late = Math.max(0, loop.max / 1e6 - RESOLUTION_MS);
  loop.disable();
  return [
    `| a scrape of ${NODES} machines with ${SENSORS} sensors each (${(Number(stdout) / MIB).toFixed(0)} MiB) | ${((user + system) / 1000).toFixed(0)} ms processor time, ${(performance.now() - began).toFixed(0)} ms |`,
    `| event loop at its latest during it | ${late.toFixed(0)} ms |`,
  ];
}

async function main(): Promise<void> {
  const requests = new RequestTally();
  const exchanges = new ExchangeTally();
  const log = new BmcLog({ entriesPerNode: 200, bytes: 32 * MIB, keepMs: 86_400_000 });
  const board = new SensorBoard({ perNode: 256, keepMs: 3_600_000 });
  const sensors = readings();
  const nodes = Array.from({ length: NODES }, () => crypto.randomUUID());
  const nodeAt = (at: number) => nodes[at % NODES] ?? "";
  const request = costOf(2_000_000, (at) => requests.done(ROUTES[at % 3] ?? null, "GET", 200, 1.2));
  const exchange = costOf(500_000, () => exchanges.note(EXCHANGE));
  const logged = costOf(500_000, (at) => log.note(nodeAt(at), EXCHANGE));
  const before = process.memoryUsage.rss();
  const about = { name: "rack", driver: "ipmi", instance: null, sensors, host: undefined };
  const shown = costOf(NODES, (at) => board.show({ ...about, node: nodeAt(at) }));
  await turn();
  const memory = (process.memoryUsage.rss() - before) / MIB;
  const lines = [
    "| what | cost |",
    "| --- | --- |",
    `| counting a request | ${request.toFixed(0)} ns |`,
    `| counting an exchange with a controller | ${exchange.toFixed(0)} ns |`,
    `| remembering an exchange, ${NODES} nodes, memory full | ${logged.toFixed(0)} ns |`,
    `| showing ${SENSORS} sensors of a machine | ${(shown / 1000).toFixed(0)} us |`,
    `| memory for those of ${NODES} machines | ${memory.toFixed(0)} MiB |`,
    ...(await scraped(board)),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

await main();
