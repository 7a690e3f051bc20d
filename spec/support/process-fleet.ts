/** `ferric api` and `ferric conductor` as processes over one Redis and one database, for tests that kill and stop them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConfigOverrides } from "../../common/config/config.ts";
import { CommandRun } from "./command-run.ts";
import { FAKE_INTERFACE_LINES } from "./fake-interfaces.ts";
import { RedisServer } from "./redis-server.ts";
import { TEST_SECRETS } from "./test-secrets.ts";

export interface FleetAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
  readonly ms: number;
}

export class ProcessFleet implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly conductors = new Map<string, CommandRun>();
  readonly apis: { readonly run: CommandRun; readonly url: string }[] = [];
  /** [DEFAULT]state_path of its APIs. */
  readonly folder: string;
  readonly #config: string;

  private constructor(redis: RedisServer, folder: string, config: string) {
    this.redis = redis;
    this.folder = folder;
    this.#config = config;
  }

  /** `connection`: the database; a SQLite file when null. */
  static async start(shape: {
    apis: number;
    conductors: readonly string[];
    connection: string | null;
    /** Sections over those of `settings`; callers are not authenticated by default. */
    overrides?: ConfigOverrides;
  }): Promise<ProcessFleet> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-fleet-"));
    const redis = await RedisServer.start();
    const config = join(folder, "ferric.conf");
    const connection = shape.connection ?? `sqlite://${join(folder, "shared.sqlite")}`;
    writeFileSync(config, settings(folder, redis.url, connection) + sectionsOf(shape.overrides ?? {}));
    const fleet = new ProcessFleet(redis, folder, config);
    await Promise.all([
      ...shape.conductors.map((name) => fleet.conductor(name)),
      ...Array.from({ length: shape.apis }, () => fleet.#api()),
    ]);
    return fleet;
  }

  async conductor(name: string): Promise<CommandRun> {
    const data = join(this.folder, name);
    mkdirSync(data, { recursive: true });
    const run = new CommandRun(["conductor", "--config-file", this.#config, "--default-host", name, "--data", data]);
    this.conductors.set(name, run);
    await run.said(/is ready as/);
    return run;
  }

  async send(
    api: number,
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<FleetAnswer> {
    const start = performance.now();
    const answer = await fetch(`${this.apis[api]?.url}${path}`, {
      method,
      headers: { "X-OpenStack-Ironic-API-Version": "1.90", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(70_000),
    });
    const text = await answer.text();
    const json = text.startsWith("{") ? (JSON.parse(text) as FleetAnswer["json"]) : {};
    return { status: answer.status, headers: answer.headers, text, json, ms: performance.now() - start };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const runs = [...this.conductors.values(), ...this.apis.map(({ run }) => run)];
    await Promise.all(runs.map((run) => run.kill()));
    await this.redis[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #api(): Promise<void> {
    const run = new CommandRun(["api", "--config-file", this.#config, "--port", "0"]);
    const [, url = ""] = await run.said(/is ready at (\S+)/);
    this.apis.push({ run, url });
  }
}

function settings(folder: string, redis: string, connection: string): string {
  return [
    "[DEFAULT]",
    "auth_strategy = noauth",
    `state_path = ${folder}`,
    "rpc_transport = bullmq",
    ...FAKE_INTERFACE_LINES,
    "[api]",
    "host_ip = 127.0.0.1",
    "[boot]",
    "http_port = 0",
    "[conductor]",
    "heartbeat_interval = 1",
    "heartbeat_timeout = 5",
    "sync_power_state_interval = 0",
    "[database]",
    `connection = ${connection}`,
    "[secrets]",
    `encryption_keys = ${TEST_SECRETS.encryption_keys}`,
    "[redis]",
    `url = ${redis}`,
    "",
  ].join("\n");
}

/** A later section of the same name adds to an earlier one. */
function sectionsOf(overrides: ConfigOverrides): string {
  const lines = Object.entries(overrides).flatMap(([section, values]) => [
    `[${section}]`,
    ...Object.entries(values).map(([name, value]) => `${name} = ${String(value)}`),
  ]);
  return lines.map((line) => `${line}\n`).join("");
}
