/** `ferric serve` as a child process on loopback, for tests that kill it: same state folder and ports at every start. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { FAKE_INTERFACES } from "./fake-interfaces.ts";
import { freePort } from "./loopback.ts";

const ROOT = resolve(import.meta.dirname, "../..");

export interface FerricProcessOptions {
  /** Folder for configuration, data and log; kept between starts. */
  readonly folder: string;
  /** Sections of the configuration file, over those that every such test needs. */
  readonly settings?: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>;
}

export class FerricProcess {
  readonly url: string;
  readonly folder: string;
  readonly #config: string;
  #child: ChildProcess | null = null;

  private constructor(folder: string, url: string, config: string) {
    this.folder = folder;
    this.url = url;
    this.#config = config;
  }

  static async create(options: FerricProcessOptions): Promise<FerricProcess> {
    mkdirSync(options.folder, { recursive: true });
    const port = await freePort();
    const settings = merge(basics(options.folder, port, await freePort()), options.settings ?? {});
    const file = join(options.folder, "ferric.conf");
    writeFileSync(file, asIni(settings));
    return new FerricProcess(options.folder, `http://127.0.0.1:${port}`, file);
  }

  /** Starts it and waits for the first answer. `crashAt`: see crash-at.ts; the start itself must get past it. */
  async start(options: { crashAt?: string; waitMs?: number } = {}): Promise<void> {
    const log = openSync(join(this.folder, "ferric.log"), "a");
    const preload = options.crashAt === undefined ? [] : ["--import", join(import.meta.dirname, "crash-at.ts")];
    const env = { ...process.env, ...(options.crashAt === undefined ? {} : { CRASH_AT: options.crashAt }) };
    const args = [
      "--import",
      "tsx",
      ...preload,
      join(ROOT, "tools/ferric.mjs"),
      "serve",
      "--config-file",
      this.#config,
    ];
    this.#child = spawn(process.execPath, args, { cwd: ROOT, env, stdio: ["ignore", log, log] });
    for (const limit = Date.now() + (options.waitMs ?? 30_000); Date.now() < limit; await pause(50)) {
      if (!this.alive) throw new Error(`ferric ended at start:\n${this.log()}`);
      if (await this.answers()) return;
    }
    throw new Error(`ferric did not answer in time:\n${this.log()}`);
  }

  get alive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** 0 before the first start. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async answers(): Promise<boolean> {
    return fetch(`${this.url}/v1`, { signal: AbortSignal.timeout(2000) }).then(
      (answer) => answer.ok,
      () => false,
    );
  }

  /** Resolves when the process has ended, with its signal or exit code. */
  async ended(): Promise<string> {
    const child = this.#child;
    if (child === null) return "never started";
    if (this.alive) await new Promise((done) => child.once("exit", done));
    return String(child.signalCode ?? child.exitCode);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<string> {
    if (this.alive) this.#child?.kill(signal);
    return this.ended();
  }

  log(): string {
    return readFileSync(join(this.folder, "ferric.log"), "utf8").split("\n").slice(-40).join("\n");
  }
}

type Settings = Record<string, Readonly<Record<string, string | number | boolean>>>;

function basics(folder: string, port: number, bootPort: number): Settings {
  return {
    DEFAULT: {
      auth_strategy: "noauth",
      host: "test-conductor",
      state_path: join(folder, "state"),
      ...FAKE_INTERFACES,
      enabled_deploy_interfaces: "fake,direct",
    },
    // Agents call every few seconds, so that a lost beat costs a test no minutes.
    api: { host_ip: "127.0.0.1", port, ramdisk_heartbeat_timeout: 5 },
    agent: {
      require_tls: true,
      allowed_callback_networks: "127.0.0.0/8",
      // Fake power does not notice that the machine went off by itself.
      post_deploy_get_power_state_retries: 1,
      post_deploy_get_power_state_retry_interval: 1,
    },
    boot: { http_port: bootPort },
    conductor: { recovery_interval: 1, check_provision_state_interval: 1, sync_power_state_interval: 0 },
  };
}

function merge(base: Settings, over: Readonly<Settings>): Settings {
  const sections = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries([...sections].map((name) => [name, { ...base[name], ...over[name] }]));
}

function asIni(settings: Settings): string {
  const lines = Object.entries(settings).flatMap(([section, options]) => [
    `[${section}]`,
    ...Object.entries(options).map(([name, value]) => `${name} = ${value}`),
  ]);
  return `${lines.join("\n")}\n`;
}

export const pause = (ms: number): Promise<void> => new Promise((ok) => setTimeout(ok, ms));
