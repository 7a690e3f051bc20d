/**
 * A real Prometheus scrapes ferric: what it stores is what machines said, promtool has no complaint, and every query of the
 * dashboard is understood and finds what there is. Grafana itself is not asked.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import type { ConfigOverrides } from "../../../common/config/config.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../common/json.ts";
import { FAKE } from "../../support/conductor-under-test.ts";
import { listening } from "../../support/loopback.ts";
import { type MeteredService, meteredService } from "../../support/metered-service.ts";
import { checkMetrics, hasPrometheus, PrometheusServer } from "../../support/prometheus-server.ts";
import { parsePrometheus, type Scraped } from "../../support/prometheus-text.ts";
import { TestBmc } from "../../support/redfish-bmc.ts";
import { COMMUNITY, hasSnmpd, Snmpd } from "../../support/snmpd.ts";

const DASHBOARD = join(import.meta.dirname, "../../../deploy/grafana/ferric.json");
const NODE = "11111111-0000-4000-8000-000000000001";
const FAKED = "11111111-0000-4000-8000-000000000002";
const CHASSIS = "/redfish/v1/Chassis/1";

/** Names of sensors as a hostile or broken BMC may have them. */
const NAMES = [
  "Inlet Temp",
  'quo"te',
  "back\\slash",
  "new\nline",
  'inject"} 1\n# TYPE ferric_up gauge\nferric_up 1\nx{a="',
  "carriage\rreturn\ttab",
  "nul\u0000byte",
  "Übertemperatur 温度 🔥",
  "lone \ud800 surrogate",
  "{}",
  "x".repeat(500),
];

const SETTINGS: ConfigOverrides = {
  DEFAULT: {
    ...FAKE,
    enabled_hardware_types: ["fake-hardware", "redfish"],
    enabled_power_interfaces: ["fake", "redfish"],
    enabled_management_interfaces: ["fake", "redfish"],
    enabled_boot_interfaces: ["fake", "ipxe"],
    enabled_deploy_interfaces: ["fake", "direct"],
    driver_plugins: [],
  },
  sensor_data: { send_sensor_data: true, interval: 1, enable_for_undeployed_nodes: true },
};

describe("a real Prometheus", function () {
  this.timeout(180_000);
  let bmc: TestBmc;
  let agent: Snmpd | null = null;
  let metered: MeteredService;
  let prometheus: PrometheusServer;

  before(async function () {
    if (!hasPrometheus()) this.skip();
    bmc = await TestBmc.start();
    measuring(bmc);
    agent = hasSnmpd() ? await Snmpd.start() : null;
    metered = await meteredService(SETTINGS);
    prometheus = await PrometheusServer.start(metered.service.metricsUrl ?? "");
    await work(metered, bmc, agent);
  });
  after(async () => {
    await prometheus?.[Symbol.asyncDispose]();
    await metered?.[Symbol.asyncDispose]();
    await agent?.[Symbol.asyncDispose]();
    await bmc?.[Symbol.asyncDispose]();
  });

  /** Asks again and again until `look` likes the answer: it scrapes each second. @throws Error after 30 s */
  async function until<T>(ask: () => Promise<T>, look: (answer: T) => boolean): Promise<T> {
    const deadline = performance.now() + 30_000;
    for (;;) {
      const answer = await ask();
      if (look(answer)) return answer;
      if (performance.now() > deadline)
        throw new Error(`${JSON.stringify(answer)} after 30 s; last scrape: ${await prometheus.lastError()}`);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  it("scrapes without an error", async () => {
    const up = await until(
      () => prometheus.query("up"),
      ([one]) => one?.value[1] === "1",
    );
    assert.equal(up.length, 1);
    assert.equal(await prometheus.lastError(), "");
  });

  it("stores each sensor under the name that the machine gave it, whatever that is", async () => {
    const family = "ferric_sensor_temperature_celsius";
    const found = await until(
      () => prometheus.query(family),
      (series) => series.length >= NAMES.length,
    );
    const stored = found.map(({ metric, value }) => [metric.sensor, Number(value[1])] as const);
    // Labels are UTF-8, in which half a surrogate pair has no place.
    const expected = NAMES.map((name, index) => [Buffer.from(name).toString(), 20 + index / 4] as const);
    assert.deepEqual(new Map(stored), new Map(expected));
    assert.deepEqual(await prometheus.query("ferric_up"), []);
  });

  it("stores what the endpoint tells of nodes, conductors, requests and flows", async () => {
    const value = async (query: string) => (await prometheus.query(query)).map((one) => Number(one.value[1]));
    await until(
      () => value('ferric_nodes{provision_state="active"}'),
      ([count]) => count === 1,
    );
    assert.deepEqual(await value("ferric_conductor_alive"), [1]);
    assert.deepEqual(await value('ferric_node_info{name="measured",driver="redfish"}'), [1]);
    assert.deepEqual(await value('ferric_flow_duration_seconds_count{flow="deploying",end="active"}'), [1]);
    const posts = 'ferric_http_requests_total{route="/v1/nodes",method="POST",status="201"}';
    assert.deepEqual(await value(posts), [2]);
  });

  it("promtool has no complaint about the text", async () => {
    assert.equal(await checkMetrics(await (await metered.metrics()).text()), "");
  });

  it("understands every query of the dashboard, and finds what there is", async () => {
    const dashboard: Json = JSON.parse(readFileSync(DASHBOARD, "utf8"));
    const scraped = parsePrometheus(await (await metered.metrics()).text());
    const queries = expressionsOf(dashboard);
    assert.ok(queries.length >= 60, String(queries.length));
    let found = 0;
    for (const expression of queries) {
      const query = filled(expression);
      const look = (series: readonly unknown[]) => series.length > 0 || !hasData(expression, scraped);
      const series = await until(() => prometheus.query(query), look);
      if (series.length > 0) found++;
    }
    assert.ok(found >= (agent === null ? 35 : 50), `${found} of ${queries.length} queries found something`);
  });

  it("understands them too while two conductors show the same node, as after a takeover", async () => {
    const text = await (await metered.metrics()).text();
    const former = createServer((_, response) => response.end(text));
    const url = `http://127.0.0.1:${await listening(former)}/metrics`;
    try {
      await using both = await PrometheusServer.start(metered.service.metricsUrl ?? "", url);
      await until(
        () => both.query("ferric_node_info"),
        (series) => series.length === 2,
      );
      const joined = expressionsOf(JSON.parse(readFileSync(DASHBOARD, "utf8"))).filter((one) =>
        one.includes("group_left"),
      );
      assert.ok(joined.length >= 6);
      for (const expression of joined) await both.query(filled(expression));
    } finally {
      former.close();
      former.closeAllConnections();
    }
  });
});

/** A BMC with hostile names and readings of every kind. */
function measuring(bmc: TestBmc): void {
  const link = (name: string) => ({ "@odata.id": `${CHASSIS}/${name}` });
  const Status = { State: "Enabled", Health: "OK" };
  bmc.change(CHASSIS, { Thermal: link("Thermal"), Power: link("Power") });
  bmc.resources.set(`${CHASSIS}/Thermal`, {
    Temperatures: NAMES.map((Name, index) => ({ Name, ReadingCelsius: 20 + index / 4, Status })),
    Fans: [
      { Name: "FAN1", Reading: 6400, ReadingUnits: "RPM", Status },
      { Name: "FAN2", Reading: 40, ReadingUnits: "Percent", Status: { ...Status, Health: "Critical" } },
    ],
  });
  bmc.resources.set(`${CHASSIS}/Power`, {
    Voltages: [{ Name: "P12V", ReadingVolts: 12.06, Status }],
    PowerControl: [{ Name: "System", PowerConsumedWatts: 284, Status }],
  });
}

/** A machine that is read, its host too, and one that is deployed. */
async function work(metered: MeteredService, bmc: TestBmc, agent: Snmpd | null): Promise<void> {
  const host = { host_snmp_version: "2c", host_snmp_community: COMMUNITY };
  const snmp = agent === null ? {} : { host_snmp_address: "127.0.0.1", host_snmp_port: agent.port, ...host };
  const driver_info = bmc.driverInfo(snmp);
  await metered.ask("POST", "/v1/nodes", { uuid: NODE, name: "measured", driver: "redfish", driver_info });
  await metered.ask("POST", "/v1/nodes", {
    ...{ uuid: FAKED, name: "faked", driver: "fake-hardware", deploy_interface: "fake" },
    instance_info: {
      image_source: "http://127.0.0.1:1/image",
      image_checksum: "0".repeat(64),
      image_os_hash_algo: "sha256",
    },
  });
  const ways = { manage: "manageable", provide: "available", active: "active" };
  for (const [target, state] of Object.entries(ways)) {
    await metered.ask("PUT", `/v1/nodes/${FAKED}/states/provision`, { target }, 202);
    const reached = { provision_state: state };
    await metered.until((seen) => seen.of("ferric_node_transitions_total", { to: state }).length > 0);
    await settled(metered, reached);
  }
}

async function settled(metered: MeteredService, wanted: JsonObject): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const node = (await metered.ask("GET", `/v1/nodes/${FAKED}`)) as JsonObject;
    if (node.reservation === null && Object.entries(wanted).every(([field, value]) => node[field] === value)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`the node does not become ${JSON.stringify(wanted)}`);
}

/** Expressions of panels. */
function expressionsOf(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(expressionsOf);
  if (!isJsonObject(value)) return [];
  const own = typeof value.expr === "string" ? [value.expr] : [];
  return [...own, ...Object.values(value).flatMap(expressionsOf)];
}

/** With Grafana's variables as Grafana fills them in, for a scrape a second. */
function filled(expression: string): string {
  return expression.replaceAll("$__rate_interval", "4s").replaceAll("$__range", "5m").replaceAll("$node", NODE).trim();
}

/** Whether all series that it names are there; what asks for a part of them may find none. */
function hasData(expression: string, scraped: Scraped): boolean {
  if (/(?:error|failed)"|true"| [=>]=? 0\b/.test(expression)) return false;
  const names = expression.match(/\b(?:ferric|nodejs|process)_[a-z0-9_]+/g) ?? [];
  return names.every((name) => scraped.of(name).length > 0);
}
