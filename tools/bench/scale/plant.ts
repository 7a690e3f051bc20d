/** The service in many processes for the measurement of scale: Redis, a database, one API, so many conductors. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { defaultConfig } from "../../../common/config/config.ts";
import { newKeyText } from "../../../common/encryption/secret-key.ts";
import { silent } from "../../../common/log.ts";
import { openDatabase } from "../../../db/connect.ts";
import type { Database } from "../../../db/contract.ts";
import { FAKE_INTERFACE_LINES } from "../../../spec/support/fake-interfaces.ts";
import { freePort } from "../../../spec/support/loopback.ts";
import { startPostgres } from "../../../spec/support/postgres-server.ts";
import { RedisServer } from "../../../spec/support/redis-server.ts";
import { PROGRAM } from "../../built-program.mjs";
import { readProcesses, usageOf } from "./processes.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const START_MS = 60_000;

export interface PlantOptions {
  readonly database: "postgresql" | "sqlite";
  /** Seconds between power passes. */
  readonly powerSync: number;
  /** Seconds between the conductors' reports of their load. */
  readonly report: number;
  /** Further lines of [conductor]. */
  readonly conductor?: readonly string[];
  /** Folder for a CPU profile of each process; empty for none. */
  readonly profile: string;
}

export const KINDS = ["api", "conductors", "redis", "database"] as const;
export type Kind = (typeof KINDS)[number];

/** CPU seconds so far and resident megabytes, by kind of process. */
export type Usage = Readonly<Record<Kind, { readonly cpu: number; readonly mb: number }>>;

export interface Worker {
  readonly name: string;
  readonly child: ChildProcess;
  /** What it has logged since it was asked last, parsed. */
  news(): readonly Readonly<Record<string, unknown>>[];
}

export class Plant implements AsyncDisposable {
  readonly url: string;
  readonly database: Database;
  readonly conductors: Worker[] = [];
  readonly #folder: string;
  readonly #options: PlantOptions;
  readonly #settings: string;
  readonly #closing: AsyncDisposable[];
  readonly #all: Worker[] = [];

  private constructor(parts: {
    url: string;
    database: Database;
    folder: string;
    options: PlantOptions;
    settings: string;
    closing: AsyncDisposable[];
  }) {
    this.url = parts.url;
    this.database = parts.database;
    this.#folder = parts.folder;
    this.#options = parts.options;
    this.#settings = parts.settings;
    this.#closing = parts.closing;
  }

  static async start(options: PlantOptions): Promise<Plant> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-scale-"));
    const redis = await RedisServer.start();
    const closing: AsyncDisposable[] = [redis];
    let connection = `sqlite:///${join(folder, "shared.sqlite")}`;
    if (options.database === "postgresql") {
      const server = await startPostgres({ durable: true });
      closing.push(server);
      connection = await server.create();
    }
    const key = newKeyText();
    const port = await freePort();
    const settings = settingsOf({ connection, key, redis: redis.url }, port, options);
    const database = await openDatabase(
      defaultConfig({ secrets: { encryption_keys: key }, database: { connection } }),
      silent,
    );
    closing.push(database);
    const plant = new Plant({ url: `http://127.0.0.1:${port}`, database, folder, options, settings, closing });
    await plant.#run("api", "api", `state_path = ${folder}\n`);
    return plant;
  }

  async addConductor(): Promise<Worker> {
    const name = `cond-${this.conductors.length + 1}`;
    const worker = await this.#run("conductor", name, `host = ${name}\nstate_path = ${join(this.#folder, name)}\n`);
    this.conductors.push(worker);
    return worker;
  }

  usage(): Usage {
    const own = this.#all.map(({ name, child }) => ({ name, ...usageOf([child.pid ?? 0]) }));
    const sum = (some: readonly { cpu: number; mb: number }[]) => ({
      cpu: some.reduce((total, one) => total + one.cpu, 0),
      mb: some.reduce((total, one) => total + one.mb, 0),
    });
    return {
      api: sum(own.filter(({ name }) => name === "api")),
      conductors: sum(own.filter(({ name }) => name !== "api")),
      redis: usageOf(withChildren("redis-server")),
      database: usageOf(withChildren("postgres")),
    };
  }

  async #run(command: "api" | "conductor", name: string, more: string): Promise<Worker> {
    mkdirSync(join(this.#folder, name), { recursive: true });
    const file = join(this.#folder, `${name}.conf`);
    writeFileSync(file, this.#settings.replace("[DEFAULT]\n", `[DEFAULT]\n${more}`));
    const path = join(this.#folder, `${name}.log`);
    const log = openSync(path, "a");
    const { profile } = this.#options;
    const profiled =
      profile === "" ? [] : ["--cpu-prof", `--cpu-prof-dir=${profile}`, `--cpu-prof-name=${name}.cpuprofile`];
    const program = [...profiled, "--input-type=module", "-e", RUN, command, "--config-file", file];
    const child = spawn(process.execPath, program, { cwd: ROOT, stdio: ["ignore", "pipe", log] });
    closeSync(log);
    const worker = { name, child, news: reader(path) };
    this.#all.push(worker);
    process.once("exit", () => child.kill("SIGKILL"));
    await untilReady(child, path);
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child } of this.#all.reverse()) {
      const ended = new Promise((done) => child.once("exit", done));
      if (child.exitCode !== null) continue;
      child.kill("SIGTERM");
      await ended;
    }
    for (const part of this.#closing.reverse()) await part[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** As it is released: the built program, without a TypeScript loader. */
const RUN = `const { main } = await import(${JSON.stringify(join(ROOT, PROGRAM))}); process.exitCode = await main(process.argv.slice(1)) ?? 0;`;

function settingsOf(
  { connection, key, redis }: Readonly<Record<"connection" | "key" | "redis", string>>,
  port: number,
  options: PlantOptions,
): string {
  return [
    "[DEFAULT]",
    "auth_strategy = noauth",
    ...FAKE_INTERFACE_LINES,
    "rpc_transport = bullmq",
    "[secrets]",
    `encryption_keys = ${key}`,
    "[redis]",
    `url = ${redis}`,
    "[database]",
    `connection = ${connection}`,
    "[api]",
    "host_ip = 127.0.0.1",
    `port = ${port}`,
    "[boot]",
    "http_enabled = false",
    "[agent]",
    "allowed_callback_networks = 127.0.0.0/8",
    "[conductor]",
    // Nodes that wait in cleaning count.
    "max_concurrent_clean = 100000",
    `sync_power_state_interval = ${options.powerSync}`,
    `load_report_interval = ${options.report}`,
    ...(options.conductor ?? []),
    "",
  ].join("\n");
}

async function untilReady(child: ChildProcess, log: string): Promise<void> {
  let ready = false;
  child.stdout?.on("data", (text: Buffer) => {
    ready ||= text.includes("is ready");
  });
  for (const limit = Date.now() + START_MS; !ready; await pause(50)) {
    if (child.exitCode !== null || Date.now() > limit)
      throw new Error(`ferric did not start:\n${readFileSync(log, "utf8").slice(-2000)}`);
  }
}

function reader(path: string): Worker["news"] {
  let read = 0;
  return () => {
    const text = readFileSync(path, "utf8");
    const lines = text.slice(read, text.lastIndexOf("\n") + 1).split("\n");
    read = text.lastIndexOf("\n") + 1;
    return lines.filter((line) => line.startsWith("{")).map((line): Record<string, unknown> => JSON.parse(line));
  };
}

/** The server that this process started, and its own processes; none where the database is a file. */
function withChildren(program: string): readonly number[] {
  const all = readProcesses();
  const servers = all.filter(({ ppid, name }) => ppid === process.pid && name === program);
  const pids = servers.map(({ pid }) => pid);
  return [...pids, ...all.filter(({ ppid }) => pids.includes(ppid)).map(({ pid }) => pid)];
}
