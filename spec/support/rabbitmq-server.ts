/** A real RabbitMQ for tests: on free loopback ports, with data and a name server of Erlang of its own. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "amqplib";

/** Beside the one in PATH, which wants to be root and becomes somebody else. */
const PROGRAM = "/usr/lib/rabbitmq/bin/rabbitmq-server";
const START_MS = 90_000;

export const hasRabbitMq = (): boolean => existsSync(PROGRAM);

export class RabbitMqServer implements AsyncDisposable {
  readonly port: number;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;

  private constructor(folder: string, port: number, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.port = port;
    this.#env = env;
  }

  static async start(): Promise<RabbitMqServer> {
    const folder = mkdtempSync(join(tmpdir(), "ferric-rabbit-"));
    const [port, names, distribution] = [await freePort(), await freePort(), await freePort()];
    writeFileSync(join(folder, "rabbit.conf"), `listeners.tcp.default = 127.0.0.1:${port}\nlog.console = false\n`);
    const env = {
      ...process.env,
      HOME: folder,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      ERL_EPMD_PORT: String(names),
      RABBITMQ_NODENAME: `ferric-${port}@localhost`,
      RABBITMQ_CONFIG_FILE: join(folder, "rabbit.conf"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "plugins"),
      RABBITMQ_MNESIA_BASE: join(folder, "data"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_PID_FILE: join(folder, "pid"),
      RABBITMQ_DIST_PORT: String(distribution),
      // Idle schedulers would spin on a machine with few processors.
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1 +sbwt none +sbwtdcpu none +sbwtdio none",
    };
    const server = new RabbitMqServer(folder, port, env);
    await server.up();
    return server;
  }

  get url(): string {
    return `rabbit://guest:guest@127.0.0.1:${this.port}/`;
  }

  /** Started, or started again with the data that it had. */
  async up(): Promise<void> {
    // A group of its own: the program is a script that starts the server.
    const child = spawn(PROGRAM, [], { env: this.#env, stdio: "ignore", detached: true, cwd: this.#folder });
    this.#child = child;
    const deadline = performance.now() + START_MS;
    while (performance.now() < deadline) {
      if (child.exitCode !== null) throw new Error(`RabbitMQ ended with ${child.exitCode}; see ${this.#folder}/log`);
      const connection = await connect(this.url.replace("rabbit:", "amqp:"), { timeout: 1000 }).catch(() => null);
      if (connection !== null) return await connection.close();
      await pause(250);
    }
    throw new Error("RabbitMQ does not answer");
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || child.exitCode !== null) return;
    const gone = once(child, "exit");
    process.kill(-child.pid, "SIGKILL");
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.#endNames();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Ends the name server that was started with this server, on its own port; it refuses while it knows of a node. */
  async #endNames(): Promise<void> {
    for (let tries = 0; tries < 20; tries++) {
      const ended = spawnSync("epmd", ["-kill"], { env: this.#env, timeout: 5000, encoding: "utf8" });
      if (/Killed|Cannot connect/.test(`${ended.stdout}${ended.stderr}`)) return;
      await pause(250);
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
