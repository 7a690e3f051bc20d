/** A real Redis on a free loopback port in a folder of its own, that tests may kill, freeze and start again. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";
import { freePort } from "./loopback.ts";

export interface RedisServerOptions {
  /** Keeps what it was told over a kill (append-only file, flushed at once). */
  readonly persistent?: boolean;
  readonly password?: string;
  /** Also by TLS on `tlsPort`, with a certificate of its own in `caFile`. */
  readonly tls?: boolean;
}

export class RedisServer implements AsyncDisposable {
  readonly port: number;
  readonly url: string;
  tlsPort = 0;
  readonly #folder: string;
  readonly #options: RedisServerOptions;
  #child: ChildProcess | null = null;

  private constructor(port: number, folder: string, options: RedisServerOptions) {
    this.port = port;
    this.url = `redis://127.0.0.1:${port}/0`;
    this.#folder = folder;
    this.#options = options;
  }

  static async start(options: RedisServerOptions = {}): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), mkdtempSync(join(tmpdir(), "ferric-redis-")), options);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const { persistent, password } = this.#options;
    mkdirSync(this.#folder, { recursive: true });
    const args = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
    if (this.#options.tls) args.push(...(await this.#withTls()));
    if (persistent) args.push("--appendonly", "yes", "--appendfsync", "always");
    // By standard input: a password on a command line can be read by every user of the machine.
    const child = spawn("redis-server", ["-", ...args], { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin?.end(password === undefined ? "" : `requirepass ${password}\n`);
    this.#child = child;
    await this.#untilAnswers();
  }

  get caFile(): string {
    return join(this.#folder, "server.pem");
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    this.#child = null;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGCONT");
    child.kill("SIGKILL");
    await ended;
  }

  freeze(): void {
    this.#child?.kill("SIGSTOP");
  }

  thaw(): void {
    this.#child?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #withTls(): Promise<readonly string[]> {
    this.tlsPort = await freePort();
    const key = join(this.#folder, "server.key");
    const made = makeCertificate({ curve: "P-256", commonName: "redis", names: ["127.0.0.1"] });
    writeFileSync(this.caFile, made.cert);
    writeFileSync(key, made.key, { mode: 0o600 });
    const files = ["--tls-cert-file", this.caFile, "--tls-key-file", key, "--tls-ca-cert-file", this.caFile];
    return ["--tls-port", String(this.tlsPort), "--tls-auth-clients", "no", ...files];
  }

  async #untilAnswers(): Promise<void> {
    for (const limit = Date.now() + 20_000; Date.now() < limit; ) {
      if (this.#child?.exitCode !== null) throw new Error(`redis-server ended with ${this.#child?.exitCode}`);
      if (await answers(this.port)) return;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error("redis-server did not answer in time");
  }
}

/** Any answer will do: a server with a password refuses the question, one that still loads its file says so. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.once("data", (data) => {
      socket.destroy();
      resolve(/PONG|NOAUTH/.test(String(data)));
    });
    socket.once("error", () => resolve(false));
    socket.setTimeout(1000, () => {
      socket.destroy();
      resolve(false);
    });
  });
}

/** Null when it is installed; else why the tests that need it are skipped. */
export const redisMissing: string | null =
  spawnSync("redis-server", ["--version"]).status === 0 ? null : "redis-server is not installed";
