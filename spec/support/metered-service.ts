/** The whole service in this process, with its metrics on a free port. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigOverrides, defaultConfig } from "../../common/config/config.ts";
import { type Logger, silent } from "../../common/log.ts";
import { type Service, startService } from "../../tools/service.ts";
import { FAKE } from "./conductor-under-test.ts";
import { parsePrometheus, type Scraped } from "./prometheus-text.ts";

export interface MeteredService extends AsyncDisposable {
  readonly service: Service;
  /** Asks the API. @throws Error when it answers another status than `status` */
  ask(method: string, path: string, body?: unknown, status?: number): Promise<unknown>;
  scrape(): Promise<Scraped>;
  /** Scrapes until `look` likes what it sees. @throws Error after 30 s */
  until(look: (seen: Scraped) => boolean): Promise<Scraped>;
  metrics(headers?: Record<string, string>, method?: string): Promise<Response>;
}

/** Settings under which sensors of BMCs are read each second, and nothing else is asked of them. */
export function readingSensors(hardwareType: string, interfaces: readonly string[]): ConfigOverrides {
  return {
    DEFAULT: {
      enabled_hardware_types: [hardwareType],
      enabled_power_interfaces: interfaces,
      enabled_management_interfaces: interfaces,
      enabled_boot_interfaces: ["ipxe"],
      enabled_deploy_interfaces: ["direct"],
      enabled_inspect_interfaces: ["no-inspect"],
      enabled_rescue_interfaces: ["no-rescue"],
      enabled_vendor_interfaces: ["no-vendor"],
      enabled_console_interfaces: ["no-console"],
      enabled_bios_interfaces: ["no-bios"],
      enabled_firmware_interfaces: ["no-firmware"],
      enabled_raid_interfaces: ["no-raid"],
      driver_plugins: [],
    },
    conductor: { sync_power_state_interval: 0 },
    sensor_data: { send_sensor_data: true, interval: 1, enable_for_undeployed_nodes: true },
  };
}

export async function meteredService(overrides: ConfigOverrides = {}, log: Logger = silent): Promise<MeteredService> {
  const folder = await mkdtemp(join(tmpdir(), "ferric-metrics-"));
  const config = defaultConfig({
    ...overrides,
    DEFAULT: { host: "cond-1", state_path: folder, ...FAKE, ...overrides.DEFAULT },
    api: { port: 0, ...overrides.api },
    boot: { http_port: 0, ...overrides.boot },
    conductor: { graceful_shutdown_timeout: 1, load_report_interval: 0, ...overrides.conductor },
    prometheus: { enabled: true, port: 0, ...overrides.prometheus },
  });
  const service = await startService(config, { log });
  const metrics = (headers: Record<string, string> = {}, method = "GET") =>
    fetch(service.metricsUrl ?? "", { method, headers, signal: AbortSignal.timeout(20_000) });
  const scrape = async () => parsePrometheus(await (await metrics()).text());
  return {
    service,
    metrics,
    scrape,
    ask: (method, path, body, status) => ask(`${service.url}${path}`, method, body, status),
    async until(look) {
      const deadline = performance.now() + 30_000;
      for (;;) {
        const seen = await scrape();
        if (look(seen)) return seen;
        if (performance.now() > deadline) throw new Error("the metrics do not show it");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    [Symbol.asyncDispose]: async () => {
      await service[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function ask(url: string, method: string, body: unknown, status?: number): Promise<unknown> {
  const answer = await fetch(url, {
    method,
    headers: { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await answer.text();
  if (status === undefined ? !answer.ok : answer.status !== status)
    throw new Error(`${method} ${url}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}
