/**
 * Power status of many BMCs, over the native client and over ipmitool processes in one run:
 * `node --import tsx tools/bench/ipmi.ts [--nodes N] [--page FILE]`. CPU is this process's and its children's.
 */
import { fork } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { defaultConfig } from "../../common/config/config.ts";
import type { DriverServices } from "../../drivers/base/services.ts";
import { chassisStatus } from "../../drivers/ipmi/client/chassis.ts";
import { type Bmc, IpmiClient } from "../../drivers/ipmi/client/client.ts";
import { Ipmitool } from "../../drivers/ipmi/ipmitool.ts";
import { childrenCpu } from "./children-cpu.ts";

const ROOT = join(import.meta.dirname, "../..");
/** Each piece of work has its own, as a task of the conductor has. */
const signalOf = (): AbortSignal => new AbortController().signal;
const LOGIN = { username: "admin", password: "secretpass" };

interface Row {
  readonly way: string;
  readonly seconds: number;
  readonly cpuMs: number;
  readonly delayMs: number;
}

const { values: flags } = parseArgs({
  options: {
    nodes: { type: "string", default: "1000" },
    page: { type: "string", default: join(ROOT, "docs", "results", "ipmi.md") },
  },
});
const nodes = Number(flags.nodes);
/** Rounds that are not measured: some thousands of sessions. */
const warmUps = Math.ceil(4000 / nodes);

async function farm(suite: 3 | 17): Promise<{ ports: readonly number[]; stop: () => void }> {
  const child = fork(join(import.meta.dirname, "ipmi-farm.ts"), [String(nodes), String(suite)]);
  const [ports] = await once(child, "message");
  return { ports, stop: () => child.disconnect() };
}

/** `work` for each port, `atOnce` of them side by side; figures are for one. */
async function measure(
  way: string,
  ports: readonly number[],
  atOnce: number,
  work: (port: number) => Promise<void>,
): Promise<Row> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [own, children, started] = [process.cpuUsage(), childrenCpu(), performance.now()];
  const waiting = [...ports];
  const worker = async () => {
    for (let port = waiting.pop(); port !== undefined; port = waiting.pop()) await work(port);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(own);
  const cpuMs = ((user + system) / 1000 + childrenCpu() - children) / ports.length;
  delay.disable();
  return { way, seconds, cpuMs, delayMs: delay.percentile(99) / 1e6 };
}

async function native(suite: 3 | 17, ports: readonly number[]): Promise<readonly Row[]> {
  const client = new IpmiClient();
  const bmc = (port: number): Bmc => ({
    ...{ host: "127.0.0.1", port, ...LOGIN, kgKey: null, privilege: 4, cipherSuites: [suite] },
    ...{ timeoutMs: 60_000, bridge: null },
  });
  const ask = (nextUseMs: number) => async (port: number) =>
    void (await chassisStatus(client.sender(bmc(port), { signal: signalOf(), nextUseMs })));
  // Code that V8 has not compiled yet is no property of a service that runs for months.
  for (let round = 0; round < warmUps; round++) await measure("", ports, 50, ask(0));
  const fresh = await measure(`native, a new session each, suite ${suite}`, ports, 50, ask(0));
  await measure("", ports, 50, ask(50_000));
  const kept = await measure(`native, kept session, suite ${suite}`, ports, 50, ask(50_000));
  await client.close();
  return [fresh, kept];
}

async function processes(suite: 3 | 17, ports: readonly number[]): Promise<Row> {
  const services = {
    config: defaultConfig({}),
    sleep: () => Promise.reject(new Error("no BMC of the farm is silent")),
    now: () => performance.now(),
  } as unknown as DriverServices;
  const tool = new Ipmitool(services);
  return await measure(`ipmitool processes, suite ${suite}`, ports, 8, async (port) => {
    const driver_info = { ipmi_address: "127.0.0.1", ipmi_port: port, ipmi_cipher_suite: suite };
    const login = { ipmi_username: LOGIN.username, ipmi_password: LOGIN.password };
    await tool.run({ uuid: String(port), driver_info: { ...driver_info, ...login } }, ["power", "status"], signalOf());
  });
}

const rows: Row[] = [];
for (const suite of [3, 17] as const) {
  const { ports, stop } = await farm(suite);
  const tool = await processes(suite, ports);
  rows.push(tool, ...(await native(suite, ports)));
  stop();
}

const table = rows.map((row, at) => {
  const tool = rows[at - (at % 3)];
  const times = tool === undefined || tool === row ? "" : (tool.cpuMs / row.cpuMs).toFixed(0);
  return `| ${row.way} | ${row.seconds.toFixed(2)} | ${row.cpuMs.toFixed(3)} | ${times} | ${row.delayMs.toFixed(0)} |`;
});
writeFileSync(
  flags.page,
  `# IPMI: native client and ipmitool

Power status of ${nodes} BMCs, each on a port of its own in another process whose CPU is not counted; all rows in one run,
${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} processors (${cpus()[0]?.model ?? "unknown"}), load ${loadavg()[0]?.toFixed(1)}
(other work ran beside it: CPU is what to compare, not seconds). ipmitool 8 at a time, native 50 at a time, one command to each BMC.
Made by \`node --import tsx tools/bench/ipmi.ts\`.

| way | seconds for all | CPU ms a node | times less CPU than ipmitool | event-loop delay p99, ms |
|---|---|---|---|---|
${table.join("\n")}

The native rows begin with ${warmUps} unmeasured round(s), until V8 has compiled what a service that runs for months has compiled. "A new
session each" holds ten packets: Open Session, RAKP 1 to 4, status, close (ipmitool sends four more, among them the privilege level, which a
status does not need). The BMCs are the simulator's (\`tools/simulator\`), which the real ipmitool speaks to on both suites in the tests.

Goals: at most 0.8 ms with a new session and 0.2 ms on a kept one, and 50 times less than ipmitool. The table tells which are met.
Thousands of BMCs read by the minute: [ipmi-polls.md](ipmi-polls.md). Not shown here: real hardware.
`,
);
console.log(table.join("\n"));
