/**
 * One conductor that reads thousands of BMCs by itself, on lines that lose packets: its share of a core, its memory, its
 * event loop, and whether every BMC was read:
 * `node --import tsx tools/bench/ipmi-polls.ts [--nodes N] [--sensors N] [--minutes M] [--loss 5] [--page FILE]`.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { defaultConfig } from "../../common/config/config.ts";
import { EventBus } from "../../common/events.ts";
import { silent } from "../../common/log.ts";
import { LocalTransport } from "../../common/rpc/local.ts";
import { startConductor } from "../../conductor/service.ts";
import { openDatabase } from "../../db/connect.ts";
import type { Stores } from "../../db/contract.ts";
import type { FarmReport } from "./ipmi-farm.ts";

const { values: flags } = parseArgs({
  options: {
    nodes: { type: "string", default: "3500" },
    interval: { type: "string", default: "60" },
    intervals: { type: "string", default: "4" },
    loss: { type: "string", default: "5" },
    sensors: { type: "boolean", default: false },
    page: { type: "string" },
  },
});
const [nodes, interval, intervals] = [flags.nodes, flags.interval, flags.intervals].map(Number) as [
  number,
  number,
  number,
];
/** BMCs in one process of the farm: each has a socket. */
const MOST_IN_A_FARM = 5000;
const INTERFACES = {
  enabled_bios_interfaces: ["no-bios"],
  enabled_boot_interfaces: ["ipxe"],
  enabled_console_interfaces: ["no-console"],
  enabled_deploy_interfaces: ["direct"],
  enabled_firmware_interfaces: ["no-firmware"],
  enabled_inspect_interfaces: ["no-inspect"],
  enabled_management_interfaces: ["ipmi-native"],
  enabled_network_interfaces: ["noop"],
  enabled_power_interfaces: ["ipmi-native"],
  enabled_raid_interfaces: ["no-raid"],
  enabled_rescue_interfaces: ["no-rescue"],
  enabled_storage_interfaces: ["noop"],
  enabled_vendor_interfaces: ["no-vendor"],
};

interface Farm {
  readonly child: ChildProcess;
  readonly ports: readonly number[];
}

async function farms(): Promise<readonly Farm[]> {
  const made: Farm[] = [];
  for (let left = nodes; left > 0; left -= MOST_IN_A_FARM) {
    const count = Math.min(left, MOST_IN_A_FARM);
    const child = fork(join(import.meta.dirname, "ipmi-farm.ts"), [String(count), "17", flags.loss]);
    const [ports] = await once(child, "message");
    made.push({ child, ports });
  }
  return made;
}

async function reported({ child }: Farm): Promise<FarmReport> {
  child.send("report");
  const [report] = await once(child, "message");
  return report;
}

async function enroll(stores: Stores, ports: readonly number[]): Promise<void> {
  for (const port of ports)
    await stores.nodes.create({
      uuid: crypto.randomUUID(),
      driver: "ipmi",
      provision_state: "active",
      power_state: "power on",
      power_interface: "ipmi-native",
      management_interface: "ipmi-native",
      driver_info: { ipmi_address: "127.0.0.1", ipmi_port: port, ipmi_username: "admin", ipmi_password: "secretpass" },
    });
}

const folder = mkdtempSync(join(tmpdir(), "ferric-polls-"));
const config = defaultConfig({
  DEFAULT: { host: "cond-1", state_path: folder, enabled_hardware_types: ["ipmi"], ...INTERFACES },
  conductor: { sync_power_state_interval: interval, graceful_shutdown_timeout: 1 },
  sensor_data: { send_sensor_data: flags.sensors, interval, wait_timeout: interval, enable_for_undeployed_nodes: true },
});
const database = await openDatabase(config, silent);
const farm = await farms();
for (const { ports } of farm) await enroll(database.stores, ports);
const transport = new LocalTransport((error) => console.error(error));
const conductor = await startConductor({
  config,
  stores: database.stores,
  transport,
  events: new EventBus(),
  log: silent,
  tellReadings: () => {},
  services: {
    boot: { publish: () => Promise.reject(new Error("nothing boots here")), withdraw: async () => {} },
    images: { fetch: () => Promise.reject(new Error("no images here")) },
    storeInventory: async () => {},
    inspectionRules: async () => [],
    kept: { biosSettings: async () => [], keepBiosSettings: async () => {}, keepFirmware: async () => {} },
    sleep: (ms, signal) => pause(ms, undefined, { signal }),
    now: () => performance.now(),
  },
});
// The first pass begins an interval after the start; it compiles, and is not counted.
await pause(interval * 2000);
for (const { child } of farm) child.send("begin");
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const [cpu, began] = [process.cpuUsage(), performance.now()];
await pause(interval * intervals * 1000);
const { user, system } = process.cpuUsage(cpu);
const seconds = (performance.now() - began) / 1000;
delay.disable();
const memory = process.memoryUsage().rss / 2 ** 20;
const reports = await Promise.all(farm.map(reported));
const maintained = await database.stores.nodes.count([{ field: "maintenance", is: true }]);
await conductor[Symbol.asyncDispose]();
await database[Symbol.asyncDispose]();
for (const { child } of farm) child.disconnect();
rmSync(folder, { recursive: true, force: true });

const sum = (value: (report: FarmReport) => number) => reports.reduce((total, report) => total + value(report), 0);
const share = (user + system) / 1e6 / seconds;
const cells = [
  nodes,
  flags.sensors ? "power and sensors" : "power",
  `${flags.loss} %`,
  `${(share * 100).toFixed(1)} %`,
  `${memory.toFixed(0)} MiB`,
  (delay.percentile(99) / 1e6).toFixed(1),
  (delay.max / 1e6).toFixed(0),
  sum(({ powerReads }) => powerReads),
  sum(({ sensorReads }) => sensorReads),
  `${Math.max(...reports.map(({ longestGap }) => longestGap)).toFixed(0)} s`,
  sum(({ never }) => never),
  maintained,
  loadavg()[0]?.toFixed(1),
];
const row = `| ${cells.join(" | ")} |`;
console.log(
  `${new Date().toISOString()} Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}, every ${interval} s, ${intervals} intervals`,
);
console.log(
  "| BMCs | read | loss | of a core | memory | loop p99 ms | loop max ms | power reads | sensor reads | longest gap | never | maintenance | load |",
);
console.log(row);
if (flags.page !== undefined) appendFileSync(flags.page, `${row}\n`);
