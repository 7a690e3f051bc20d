/**
 * What real agents tell of a machine is found with the same value at the metrics endpoint: sensors of ipmi_sim, which
 * ipmitool shows too, and the host of snmpd, which snmpget shows too.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";
import { COLUMNS, OIDS, STORAGE } from "../../../drivers/snmp/host/oids.ts";
import { wholeMachine } from "../../support/ipmi-machine.ts";
import { hasIpmiSim, IpmiSim } from "../../support/ipmi-sim.ts";
import { type MeteredService, meteredService, readingSensors } from "../../support/metered-service.ts";
import type { Scraped } from "../../support/prometheus-text.ts";
import { COMMUNITY, hasSnmpd, KEYS, Snmpd } from "../../support/snmpd.ts";

const run = promisify(execFile);
const SETTINGS = readingSensors("ipmi", ["ipmi-native", "ipmitool"]);

const V2C = { host_snmp_version: "2c", host_snmp_community: COMMUNITY };
const hostAt = (port: number) => ({ host_snmp_address: "127.0.0.1", host_snmp_port: port });

/** Per unit as ipmitool writes it: our family. */
const FAMILIES: Readonly<Record<string, string>> = {
  "degrees C": "ferric_sensor_temperature_celsius",
  RPM: "ferric_sensor_fan_rpm",
  Volts: "ferric_sensor_voltage_volts",
  Amps: "ferric_sensor_current_amperes",
  Watts: "ferric_sensor_power_watts",
};

describe("machines at the metrics endpoint", function () {
  this.timeout(240_000);
  let sim: IpmiSim;
  let agent: Snmpd;
  let metered: MeteredService;

  before(async function () {
    if (!hasIpmiSim() || !hasSnmpd()) this.skip();
    sim = await IpmiSim.start({ machine: wholeMachine() });
    agent = await Snmpd.start();
    metered = await meteredService(SETTINGS);
  });
  after(async () => {
    await metered?.[Symbol.asyncDispose]();
    await agent?.[Symbol.asyncDispose]();
    await sim?.stop();
  });

  async function enroll(name: string, info: Record<string, string | number>, more: object = {}): Promise<string> {
    const bmc = { ipmi_address: "127.0.0.1", ipmi_port: sim.port, ipmi_username: "admin", ipmi_password: "secretpass" };
    const uuid = crypto.randomUUID();
    await metered.ask("POST", "/v1/nodes", { uuid, name, driver: "ipmi", driver_info: { ...bmc, ...info }, ...more });
    return uuid;
  }

  /** What the endpoint shows once the host was read after `moment`, in milliseconds: an older reading is not between two of snmpget. */
  function readAfter(node: string, moment: number): Promise<Scraped> {
    return metered.until((seen) => {
      const [at = 0] = seen.of("ferric_sensor_read_timestamp_seconds", { node });
      return at * 1000 > moment;
    });
  }

  for (const management of ["ipmi-native", "ipmitool"])
    it(`shows each sensor of a BMC with the value that ipmitool shows, read by ${management}`, async () => {
      const node = await enroll(`sensors-${management}`, {}, { management_interface: management });
      const seen = await metered.until((now) => now.of("ferric_sensor_status", { node }).length > 0);
      const analog = (await sensorsOf(sim.port)).filter(({ unit, value }) => unit in FAMILIES && value !== null);
      assert.ok(analog.length >= 3, "ipmitool shows sensors");
      for (const { name, unit, value } of analog) {
        const [ours] = seen.of(FAMILIES[unit] ?? "", { node, sensor: name });
        assert.ok(
          ours !== undefined && Math.abs(ours - (value ?? 0)) <= Math.abs(value ?? 0) / 1000 + 0.0005,
          `${name}: ${ours}, ${value}`,
        );
      }
      assert.deepEqual(seen.of("ferric_sensor_read_success", { node, of: "sensors" }), [1]);
      assert.deepEqual(seen.of("ferric_node_info", { node, name: `sensors-${management}`, driver: "ipmi" }), [1]);
      assert.ok(seen.of("ferric_bmc_exchange_duration_seconds_count", { protocol: "ipmi", outcome: "ok" }).length > 0);
    });

  const hosts: readonly (readonly [string, Record<string, string>])[] = [
    ["v2c", V2C],
    [
      "v3, sealed",
      {
        host_snmp_version: "3",
        host_snmp_user: "sealed",
        host_snmp_auth_protocol: "sha256",
        host_snmp_auth_key: KEYS.auth,
        host_snmp_priv_protocol: "aes",
        host_snmp_priv_key: KEYS.priv,
      },
    ],
  ];
  for (const [version, keys] of hosts)
    it(`shows the host as snmpget does, by ${version}`, async () => {
      const node = await enroll(`host-${version.slice(0, 2)}`, { ...hostAt(agent.port), ...keys });
      const read = (seen: Scraped) => seen.of("ferric_host_load1", { node }).length > 0;
      await metered.until(read);
      await sameInOneRound(async () => {
        const before = await hostOf(agent);
        return compared(await readAfter(node, Date.now()), node, before, await hostOf(agent));
      });
    });

  it("tells neither community nor keys in what was said", async () => {
    const node = await enroll("secrets", { ...hostAt(agent.port), ...V2C });
    await metered.until((seen) => seen.of("ferric_host_load1", { node }).length > 0);
    const log = JSON.stringify(await metered.ask("GET", `/ferric/v1/nodes/${node}/bmc-log`));
    assert.match(log, /"protocol":"snmp"/);
    assert.match(log, /"protocol":"ipmi"/);
    assert.doesNotMatch(log, new RegExp(`${COMMUNITY}|secretpass`));
    const shown = JSON.stringify(await metered.ask("GET", `/v1/nodes/${node}`));
    assert.doesNotMatch(shown, new RegExp(`"${COMMUNITY}"`));
  });

  it("says so when an agent stops to answer, and keeps what it last said", async () => {
    await using frozen = await Snmpd.start();
    const node = await enroll("frozen", { ...hostAt(frozen.port), ...V2C });
    await metered.until((seen) => seen.of("ferric_host_load1", { node }).length > 0);
    frozen.freeze();
    const seen = await metered.until((now) => now.of("ferric_sensor_read_success", { node, of: "host" })[0] === 0);
    assert.equal(seen.of("ferric_host_load1", { node }).length, 1);
    assert.deepEqual(seen.of("ferric_sensor_read_success", { node, of: "sensors" }), [1]);
  });

  it("shows the processors as snmpget does, once the agent has watched them for a minute", async () => {
    const node = await enroll("processors", { ...hostAt(agent.port), ...V2C });
    const watched = async () => (await hostOf(agent)).has("cpu_idle_percent");
    for (let tries = 0; tries < 60 && !(await watched()); tries++) await pause(2000);
    const shown = (seen: Scraped) => seen.of("ferric_host_cpu_idle_percent", { node }).length > 0;
    await metered.until(shown);
    await sameInOneRound(async () => {
      const before = await hostOf(agent);
      const series = ["cpu_idle_percent", "cpu_utilisation_percent"];
      assert.deepEqual(
        series.filter((name) => !before.has(name)),
        [],
        "the agent has them",
      );
      return compared(await readAfter(node, Date.now()), node, before, await hostOf(agent));
    });
  });
});

/** Sensors as ipmitool shows them: "name | value | unit | status ...". */
async function sensorsOf(port: number): Promise<readonly { name: string; unit: string; value: number | null }[]> {
  const login = ["-I", "lanplus", "-H", "127.0.0.1", "-p", String(port), "-U", "admin", "-E", "-C", "3"];
  const env = { ...process.env, IPMI_PASSWORD: "secretpass" };
  const { stdout } = await run("ipmitool", [...login, "sensor"], { env, timeout: 60_000 });
  return stdout.split("\n").flatMap((line) => {
    const [name = "", value = "", unit = ""] = line.split("|").map((part) => part.trim());
    return name === "" ? [] : [{ name, unit, value: /^-?[\d.]+$/.test(value) ? Number(value) : null }];
  });
}

/** By series without the node; what the agent does not have is left out. */
async function hostOf(agent: Snmpd): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  const scalar = async (oid: string) => Number((await agent.get(oid)).split(" ")[1]?.replaceAll('"', ""));
  const column = async (oid: string) =>
    new Map(
      (await agent.walk(oid)).map((line) => {
        const [name = "", ...rest] = line.split(" ");
        return [name.slice(oid.length + 2), rest.join(" ").replaceAll('"', "")] as const;
      }),
    );
  for (const name of ["load1", "load5", "load15"] as const) found.set(name, await scalar(OIDS[name]));
  found.set("cpu_idle_percent", await scalar(OIDS.cpuIdle));
  const total = await scalar(OIDS.memTotalReal);
  found.set("memory_total_bytes", total * 1024);
  found.set("memory_used_bytes", (total - (await scalar(OIDS.memAvailReal))) * 1024);
  found.set("memory_buffer_bytes", (await scalar(OIDS.memBuffer)) * 1024);
  found.set("memory_cached_bytes", (await scalar(OIDS.memCached)) * 1024);
  found.set("swap_total_bytes", (await scalar(OIDS.memTotalSwap)) * 1024);
  found.set("swap_available_bytes", (await scalar(OIDS.memAvailSwap)) * 1024);
  const loads = [...(await column(COLUMNS.processorLoad)).values()].map(Number);
  found.set("cpu_utilisation_percent", loads.reduce((sum, load) => sum + load, 0) / loads.length);
  const [types, names] = [await column(COLUMNS.storageType), await column(COLUMNS.storageDescr)];
  const [units, sizes, used] = [
    await column(COLUMNS.storageUnits),
    await column(COLUMNS.storageSize),
    await column(COLUMNS.storageUsed),
  ];
  for (const [row, type] of types) {
    if (type !== `.${STORAGE.fixedDisk}`) continue;
    const labels = `{disk="${names.get(row)}"}`;
    found.set(`disk_total_bytes${labels}`, Number(sizes.get(row)) * Number(units.get(row)));
    found.set(`disk_used_bytes${labels}`, Number(used.get(row)) * Number(units.get(row)));
  }
  const [received, sent, errors] = [
    await column(COLUMNS.ifHCInOctets),
    await column(COLUMNS.ifHCOutOctets),
    await column(COLUMNS.ifOutErrors),
  ];
  for (const [row, name] of await column(COLUMNS.ifDescr)) {
    const labels = `{interface="${name}"}`;
    found.set(`network_receive_bytes_total${labels}`, Number(received.get(row)));
    found.set(`network_transmit_bytes_total${labels}`, Number(sent.get(row)));
    found.set(`network_transmit_errors_total${labels}`, Number(errors.get(row)));
  }
  return new Map([...found].filter(([, value]) => !Number.isNaN(value)));
}

/** What is not as snmpget has it, which looked before and after: a value may be either's or, moving, lie between. */
function compared(
  seen: Scraped,
  node: string,
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly string[] {
  const wrong: string[] = [];
  for (const [series, one] of before) {
    const [, name = "", label = "", value = ""] = /^([^{]+)(?:\{(\w+)="(.*)"\})?$/.exec(series) ?? [];
    const [ours] = seen.of(`ferric_host_${name}`, label === "" ? { node } : { node, [label]: value });
    const other = after.get(series) ?? one;
    if (ours === undefined || ours < Math.min(one, other) || ours > Math.max(one, other))
      wrong.push(`${series}: ${ours}, snmpget ${one} then ${other}`);
  }
  return wrong;
}

/** snmpd keeps values for some seconds, and memory moves: one round in which all agree is what counts. */
async function sameInOneRound(round: () => Promise<readonly string[]>): Promise<void> {
  let wrong: readonly string[] = [];
  for (let tries = 0; tries < 12; tries++) {
    wrong = await round();
    if (wrong.length === 0) return;
  }
  assert.deepEqual(wrong, []);
}
