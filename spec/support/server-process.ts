/** A server program of a test: in a folder of its own, on a loopback port, ended with the test's process at the latest. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeCertificate } from "../../ipa-agent/tls/self-signed.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

const run = promisify(execFile);
const MEMORY = "/dev/shm";

/** The account of that name when we are root (the servers refuse to run as root), else null: our own. */
export async function accountOf(name: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const [uid, gid] = await Promise.all(
    ["-u", "-g"].map(async (flag) => Number((await run("id", [flag, name])).stdout)),
  );
  return { uid: uid ?? 0, gid: gid ?? 0 };
}

/** `durable` false: in memory where there is such a folder; a change of a schema waits for the disk otherwise. */
export function folderFor(name: string, account: Account | null, durable: boolean, chosen?: string): string {
  const parent = chosen ?? (!durable && existsSync(MEMORY) ? MEMORY : tmpdir());
  const folder = mkdtempSync(join(parent, `ferric-${name}-`));
  if (account !== null) chownSync(folder, account.uid, account.gid);
  return folder;
}

export interface TlsFiles {
  /** The server's certificate, which is its own authority. */
  readonly cert: string;
  readonly key: string;
}

/** A certificate for that name or address, which the server's account may read. */
export function tlsFiles(folder: string, account: Account | null, name: string): TlsFiles {
  const made = makeCertificate({ curve: "P-256", commonName: "database", names: [name] });
  const files = { cert: join(folder, "server.pem"), key: join(folder, "server.key") };
  writeFileSync(files.cert, made.cert);
  writeFileSync(files.key, made.key, { mode: 0o600 });
  if (account !== null) for (const file of Object.values(files)) chownSync(file, account.uid, account.gid);
  return files;
}

/** One that can be killed, frozen and started again on the same data. */
export class ServerProcess {
  readonly folder: string;
  readonly #program: string;
  readonly #args: readonly string[];
  readonly #account: Account | null;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | null = null;
  #said = "";
  readonly #atExit = () => {
    this.#child?.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  };

  /** `env`: beside this process's own. */
  constructor(
    folder: string,
    program: string,
    args: readonly string[],
    account: Account | null,
    env: NodeJS.ProcessEnv = {},
  ) {
    this.folder = folder;
    this.#program = program;
    this.#args = args;
    this.#account = account;
    this.#env = env;
    process.once("exit", this.#atExit);
  }

  /** Resolves when `ready` does not throw any more. */
  async start(ready: () => Promise<unknown>): Promise<void> {
    const child = spawn(this.#program, this.#args, {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: this.folder,
      env: { ...process.env, ...this.#env },
      ...(this.#account ?? {}),
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (data: Buffer) => {
        this.#said = (this.#said + data.toString()).slice(-4000);
      });
      if (stream instanceof Socket) stream.unref();
    }
    // A test that forgot it must still come to its end.
    child.unref();
    const deadline = performance.now() + 60_000;
    for (;;) {
      try {
        await ready();
        return;
      } catch (error) {
        const ended = child.exitCode !== null || performance.now() > deadline;
        if (ended) throw new Error(`${this.#program} did not start: ${this.#said}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** To its child processes too: PostgreSQL has one a connection, each in a group of its own. */
  signal(signal: NodeJS.Signals): void {
    const pid = this.#child?.pid;
    if (pid === undefined) return;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
    for (const each of [pid, ...children])
      try {
        process.kill(each, signal);
      } catch {
        // It has ended by itself.
      }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    // Waited for now: nothing else may keep the process until then.
    child.ref();
    const ended = new Promise((resolve) => child.once("exit", resolve));
    this.signal("SIGCONT");
    this.signal(signal);
    this.#child = null;
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
    process.off("exit", this.#atExit);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What a database server of the tests can do, whichever it is. */
export interface DatabaseServer extends AsyncDisposable {
  readonly kind: "postgresql" | "mariadb";
  readonly port: number;
  /** Makes an empty database; answers its [database]connection. */
  create(): Promise<string>;
  drop(connection: string): Promise<void>;
  /** Removes all rows, those that tell the schema's version excepted. */
  wipe(connection: string): Promise<void>;
  /** Whether it takes a connection and answers. */
  answers(): Promise<boolean>;
  /** Ends it as a power cut would, and starts it on the same data. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  freeze(): void;
  thaw(): void;
}

/** What every database server can do by its process. `ready` asks it something. */
export function byProcess(
  server: ServerProcess,
  ready: () => Promise<unknown>,
): Pick<DatabaseServer, "answers" | "kill" | "restart" | "freeze" | "thaw" | typeof Symbol.asyncDispose> {
  return {
    answers: () =>
      ready().then(
        () => true,
        () => false,
      ),
    kill: () => server.end("SIGKILL"),
    restart: () => server.start(ready),
    freeze: () => server.signal("SIGSTOP"),
    thaw: () => server.signal("SIGCONT"),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** The name of a database in its [database]connection. */
export function databaseOf(connection: string): string {
  return new URL(connection).pathname.slice(1);
}
