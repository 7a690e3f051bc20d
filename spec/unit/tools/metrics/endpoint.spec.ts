/** The metrics of a running service: what is counted, by which labels, and who may fetch it. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import { defaultConfig } from "../../../../common/config/config.ts";
import { silent } from "../../../../common/log.ts";
import { Metrics } from "../../../../common/metrics.ts";
import { SensorBoard } from "../../../../common/sensor-board.ts";
import { makeCertificate } from "../../../../ipa-agent/tls/self-signed.ts";
import { serveMetrics } from "../../../../tools/metrics/endpoint.ts";
import { type MeteredService, meteredService } from "../../../support/metered-service.ts";
import { scrape } from "../../../support/prometheus-text.ts";

const NODES = "/v1/nodes";

describe("metrics endpoint", function () {
  this.timeout(60_000);
  let metered: MeteredService;
  const uuid = crypto.randomUUID();

  before(async () => {
    metered = await meteredService();
    await metered.ask("POST", NODES, { uuid, driver: "fake-hardware", name: "one" });
  });
  after(async () => await metered?.[Symbol.asyncDispose]());

  it("counts requests by the template of their route, never by what callers wrote", async () => {
    for (let at = 0; at < 3; at++) await metered.ask("GET", `${NODES}/${uuid}`);
    await metered.ask("GET", `${NODES}/nobody`, undefined, 404);
    await metered.ask("GET", "/v1/no-such-thing/at-all", undefined, 404);
    await fetch(`${metered.service.url}/v1/nodes`, { method: "PROPFIND" });
    const seen = await metered.scrape();
    const requests = (labels: Record<string, string>) => seen.of("ferric_http_requests_total", labels);
    assert.deepEqual(requests({ route: "/v1/nodes/:node", method: "GET", status: "200" }), [3]);
    assert.deepEqual(requests({ route: "/v1/nodes/:node", method: "GET", status: "404" }), [1]);
    assert.deepEqual(requests({ route: "none", method: "GET", status: "404" }), [1]);
    assert.equal(requests({ route: "none", method: "other" }).length, 1);
    const count = seen.of("ferric_http_request_duration_seconds_count", { route: "/v1/nodes/:node", method: "GET" });
    assert.deepEqual(count, [4]);
    assert.doesNotMatch([...seen.values.keys()].join("\n"), new RegExp(`${uuid}|nobody|no-such-thing`));
  });

  it("shows the fleet as the database has it, and who is alive", async () => {
    const fresh = await meteredService();
    try {
      await fresh.ask("POST", NODES, { uuid, driver: "fake-hardware" });
      await fresh.ask("PUT", `${NODES}/${uuid}/maintenance`, {}, 202);
      await fresh.ask("POST", NODES, { driver: "fake-hardware" });
      const seen = await fresh.scrape();
      const nodes = (labels: Record<string, string>) =>
        seen.of("ferric_nodes", { provision_state: "enroll", ...labels });
      assert.deepEqual(nodes({ maintenance: "true" }), [1]);
      assert.deepEqual(nodes({ maintenance: "false", power_state: "none" }), [1]);
      assert.deepEqual(seen.of("ferric_conductor_alive", { conductor: "cond-1" }), [1]);
    } finally {
      await fresh[Symbol.asyncDispose]();
    }
  });

  it("times states and steps of flows, calls and locks", async () => {
    await metered.ask("PUT", `${NODES}/${uuid}/states/provision`, { target: "manage" }, 202);
    const managed = await metered.until((seen) => seen.of("ferric_flow_duration_seconds_count").length > 0);
    assert.deepEqual(managed.of("ferric_flow_duration_seconds_count", { flow: "verifying", end: "manageable" }), [1]);
    await metered.ask("PUT", `${NODES}/${uuid}/states/provision`, { target: "provide" }, 202);
    const seen = await metered.until((now) => now.of("ferric_flow_duration_seconds_count").length > 1);
    assert.deepEqual(seen.of("ferric_stage_duration_seconds_count", { state: "verifying" }), [1]);
    assert.ok(seen.of("ferric_step_duration_seconds_count", { flow: "clean", outcome: "done" }).length > 0);
    assert.ok((seen.of("ferric_locks_taken_total")[0] ?? 0) >= 2);
    assert.deepEqual(
      seen.of("ferric_call_duration_seconds_count", { method: "doProvisioningAction", outcome: "ok" }),
      [2],
    );
    assert.deepEqual(seen.of("ferric_calls_waiting", { method: "doProvisioningAction" }), [0]);
    assert.deepEqual(seen.of("ferric_workers"), [300]);
    assert.ok((seen.of("process_resident_memory_bytes")[0] ?? 0) > 2 ** 20);
    assert.equal(seen.of("nodejs_eventloop_lag_p99_seconds").length, 1);
  });

  it("goes on without what cannot be read, and says how often that was", async () => {
    await using failing = await meteredService();
    Object.defineProperty(failing.service.stores.census, "nodes", {
      value: () => Promise.reject(new Error("the database is away")),
    });
    const first = await failing.scrape();
    assert.deepEqual(first.of("ferric_nodes"), []);
    const second = await failing.scrape();
    assert.ok((second.of("ferric_metrics_failures_total")[0] ?? 0) >= 1);
    assert.ok(second.of("ferric_workers").length > 0);
  });
});

describe("metrics endpoint with many machines", function () {
  this.timeout(60_000);

  it("gives everything else its turn during a scrape, which is whole", async () => {
    const board = new SensorBoard({ perNode: 256, keepMs: 3_600_000 });
    const sensors = Array.from({ length: 30 }, (_, at) => ({
      ...({ name: `Sensor ${at}`, kind: "temperature", unit: "Celsius", value: at, status: "ok" } as const),
    }));
    for (let at = 0; at < 1000; at++)
      board.show({ node: `n${at}`, name: null, driver: "ipmi", instance: null, sensors, host: undefined });
    const config = defaultConfig({ prometheus: { enabled: true, port: 0 } });
    using metrics = new Metrics(() => {});
    await using endpoint = await serveMetrics({ config, log: silent, metrics, board });
    let [told, most, goesOn] = [0, 0, true];
    const whole = board.text.bind(board);
    board.text = function* () {
      for (const part of whole()) {
        told++;
        yield part;
      }
    };
    const look = () => {
      most = Math.max(most, told);
      told = 0;
      if (goesOn) setImmediate(look);
    };
    look();
    const seen = await scrape(endpoint.url);
    goesOn = false;
    assert.equal(seen.of("ferric_sensor_temperature_celsius").length, 30_000);
    assert.equal(seen.of("ferric_sensor_status").length, 30_000);
    assert.equal(seen.of("process_resident_memory_bytes").length, 1);
    assert.ok(most > 0 && most <= 3, `${most} parts in one turn`);
  });
});

describe("metrics endpoint: who may fetch", function () {
  this.timeout(60_000);

  it("is not there unless it is asked for", async () => {
    await using off = await meteredService({ prometheus: { enabled: false } });
    assert.equal(off.service.metricsUrl, null);
  });

  it("refuses networks that are not allowed, other paths and other methods", async () => {
    await using strict = await meteredService({ prometheus: { allowed_networks: ["10.0.0.0/8"] } });
    assert.equal((await strict.metrics()).status, 403);
    await using open = await meteredService();
    const url = open.service.metricsUrl ?? "";
    assert.equal((await fetch(url.replace("/metrics", "/"))).status, 404);
    assert.equal((await open.metrics({}, "POST")).status, 405);
    assert.equal((await open.metrics({}, "HEAD")).status, 200);
  });

  it("asks for name and password where users are named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ferric-users-"));
    const file = join(folder, "users");
    await writeFile(file, `prometheus:${await bcrypt.hash("scrape me", 4)}\n`);
    try {
      await using guarded = await meteredService({ prometheus: { auth_user_file: file } });
      const basic = (text: string) => ({ Authorization: `Basic ${Buffer.from(text).toString("base64")}` });
      const refused = await guarded.metrics();
      assert.equal(refused.status, 401);
      assert.match(refused.headers.get("www-authenticate") ?? "", /^Basic/);
      assert.equal((await guarded.metrics(basic("prometheus:guess"))).status, 401);
      assert.equal((await guarded.metrics(basic("prometheus:scrape me"))).status, 200);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("speaks TLS where that is wanted, with the certificate of [ssl]", async () => {
    const folder = await mkdtemp(join(tmpdir(), "ferric-tls-"));
    const [cert_file, key_file] = [join(folder, "cert.pem"), join(folder, "key.pem")];
    const { cert, key } = makeCertificate({ curve: "P-256", commonName: "metrics", names: ["127.0.0.1"] });
    await writeFile(cert_file, cert);
    await writeFile(key_file, key);
    try {
      await using secure = await meteredService({ prometheus: { enable_ssl: true }, ssl: { cert_file, key_file } });
      const url = secure.service.metricsUrl ?? "";
      assert.match(url, /^https:/);
      const status = await new Promise((resolve, reject) => {
        get(url, { ca: cert }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        }).on("error", reject);
      });
      assert.equal(status, 200);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    await assert.rejects(meteredService({ prometheus: { enable_ssl: true } }), /no certificate or no key is named/);
  });

  it("refuses to start with users that cannot be read", async () => {
    await assert.rejects(meteredService({ prometheus: { auth_user_file: "/nonexistent/users" } }), /auth_user_file/);
  });
});
