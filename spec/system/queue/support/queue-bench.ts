/** A Redis, a database file and a calling side, with conductors in this process or in their own, for tests of faults. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Config, type ConfigOverrides, defaultConfig } from "../../../../common/config/config.ts";
import type { Context } from "../../../../common/context.ts";
import { silent } from "../../../../common/log.ts";
import { BullmqTransport } from "../../../../common/rpc/bullmq/transport.ts";
import { openDatabase } from "../../../../db/connect.ts";
import type { Database } from "../../../../db/contract.ts";
import { connect } from "../../../../db/dialect/sqlite/drivers.ts";
import { type Row, rowsOf } from "../../../../db/engine.ts";
import { RedisServer, type RedisServerOptions } from "../../../support/redis-server.ts";

const SCRIPT = resolve(import.meta.dirname, "../../../support/queue-conductor.ts");
const ROOT = resolve(import.meta.dirname, "../../../..");

export const CONTEXT: Context = { request_id: "req-queue", user: "admin" };

export class QueueBench implements AsyncDisposable {
  readonly redis: RedisServer;
  readonly database: Database;
  readonly config: Config;
  /** The calling side. */
  readonly api: BullmqTransport;
  readonly #folder: string;
  readonly #file: string;
  readonly #children = new Set<ChildProcess>();
  readonly #transports: BullmqTransport[] = [];

  private constructor(parts: {
    redis: RedisServer;
    database: Database;
    config: Config;
    api: BullmqTransport;
    folder: string;
    file: string;
  }) {
    this.redis = parts.redis;
    this.database = parts.database;
    this.config = parts.config;
    this.api = parts.api;
    this.#folder = parts.folder;
    this.#file = parts.file;
    this.#transports.push(parts.api);
  }

  /** `port`: what the calling side connects to, when it is not the Redis itself. */
  static async start(
    options: {
      redis?: RedisServerOptions;
      overrides?: ConfigOverrides;
      port?: (redis: RedisServer) => Promise<number>;
    } = {},
  ): Promise<QueueBench> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-queue-"));
    const redis = await RedisServer.start(options.redis);
    const file = join(folder, "shared.sqlite");
    const port = (await options.port?.(redis)) ?? redis.port;
    const config = defaultConfig({
      ...options.overrides,
      database: { connection: `sqlite://${file}` },
      redis: { url: `redis://127.0.0.1:${port}/0`, key_prefix: "test", ...options.overrides?.redis },
    });
    const database = await openDatabase(config, silent);
    const api = await openTransport(config, database);
    return new QueueBench({ redis, database, config, api, folder, file });
  }

  /** A further process's side of the queue, in this process. */
  async transport(): Promise<BullmqTransport> {
    const transport = await openTransport(this.config, this.database);
    this.#transports.push(transport);
    return transport;
  }

  /** A conductor in a process of its own; resolves once it serves. */
  async conductor(host: string): Promise<ChildProcess> {
    const args = [this.redis.url, "test", this.#file, host, this.#record(host)];
    const child = spawn(process.execPath, ["--import", "tsx", SCRIPT, ...args], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#children.add(child);
    await new Promise<void>((ready, failed) => {
      child.stdout.once("data", () => ready());
      child.once("exit", (code) => failed(new Error(`the conductor ended with ${code}`)));
    });
    return child;
  }

  /** What the handlers of a conductor's process have written. */
  record(host: string): readonly string[] {
    const file = this.#record(host);
    return existsSync(file) ? readFileSync(file, "utf8").split("\n").filter(Boolean) : [];
  }

  /** Rows of the database file itself. */
  async raw(sql: string): Promise<readonly Row[]> {
    const connection = await connect("libsql", this.#file);
    try {
      return await connection.drive(rowsOf({ sql, bindings: [] }));
    } finally {
      await connection.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) {
      child.kill("SIGCONT");
      child.kill("SIGKILL");
    }
    for (const transport of this.#transports) await transport[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
    await this.redis[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #record(host: string): string {
    return join(this.#folder, `${host}.record`);
  }
}

function openTransport(config: Config, database: Database): Promise<BullmqTransport> {
  const onUnexpected = () => {};
  return BullmqTransport.open({
    config,
    ledger: database.stores.calls,
    keys: database.keys,
    log: silent,
    onUnexpected,
  });
}

/** Milliseconds that `work` takes, and what comes of it. */
export async function timed<T>(work: Promise<T>): Promise<{ ms: number; value?: T; error?: unknown }> {
  const start = performance.now();
  try {
    const value = await work;
    return { ms: performance.now() - start, value };
  } catch (error) {
    return { ms: performance.now() - start, error };
  }
}

export async function eventually(what: string, holds: () => Promise<boolean> | boolean, ms = 20_000): Promise<void> {
  for (const limit = performance.now() + ms; performance.now() < limit; ) {
    if (await holds()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`not within ${ms} ms: ${what}`);
}
