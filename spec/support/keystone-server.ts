/** A real Keystone from PyPI, installed once into a cache folder: SQLite, Fernet keys, on a loopback port of its own. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./loopback.ts";
import { folderFor, ServerProcess } from "./server-process.ts";

const run = promisify(execFile);
const VERSION = "30.0.0";
const INSTALL_MS = 10 * 60_000;
const MANAGE_MS = 120_000;

export const ADMIN_PASSWORD = "planted-admin-password";

/** Folder of its programs; makes its virtual environment when there is none. @throws Error when pip cannot install it */
async function installedKeystone(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "ferric", `keystone-${VERSION}`);
  const mark = join(folder, "installed");
  if (!existsSync(mark)) {
    mkdirSync(folder, { recursive: true });
    await run("python3", ["-m", "venv", "--clear", folder], { timeout: INSTALL_MS });
    await run(join(folder, "bin", "pip"), ["install", "-q", `keystone==${VERSION}`], { timeout: INSTALL_MS });
    writeFileSync(mark, "");
  }
  return join(folder, "bin");
}

export class KeystoneServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: ServerProcess;

  private constructor(url: string, server: ServerProcess) {
    this.url = url;
    this.#server = server;
  }

  /** With an administrator and roles, as `keystone-manage bootstrap` leaves it. `tokenSeconds`: how long a token lives. */
  static async start({ tokenSeconds }: { tokenSeconds: number }): Promise<KeystoneServer> {
    const programs = await installedKeystone();
    const folder = folderFor("keystone", null, false);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const config = join(folder, "keystone.conf");
    writeFileSync(config, configuration(folder, tokenSeconds));
    const script = join(import.meta.dirname, "keystone-server.py");
    const server = new ServerProcess(
      folder,
      join(programs, "python"),
      ["-W", "ignore", script, config, String(port)],
      null,
    );
    const manage = (...args: readonly string[]) =>
      run(join(programs, "keystone-manage"), ["--config-file", config, ...args], { timeout: MANAGE_MS });
    const keystone = new KeystoneServer(url, server);
    try {
      await manage("db_sync");
      await manage("fernet_setup", "--keystone-user", user(), "--keystone-group", user());
      await manage("bootstrap", "--bootstrap-password", ADMIN_PASSWORD, "--bootstrap-public-url", `${url}/v3`);
      await keystone.begin();
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
    return keystone;
  }

  /** Also after `kill`: on the same port and data. */
  begin(): Promise<void> {
    return this.#server.start(async () => {
      const answer = await fetch(`${this.url}/v3`, { signal: AbortSignal.timeout(2000) });
      if (!answer.ok) throw new Error(`Keystone answers ${answer.status}`);
    });
  }

  kill(): Promise<void> {
    return this.#server.end("SIGKILL");
  }

  /** Stopped in the middle of whatever it does; connections stay. */
  freeze(): void {
    this.#server.signal("SIGSTOP");
  }

  thaw(): void {
    this.#server.signal("SIGCONT");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#server[Symbol.asyncDispose]();
  }
}

function configuration(folder: string, tokenSeconds: number): string {
  return `[DEFAULT]
log_file = ${folder}/keystone.log
[database]
connection = sqlite:///${folder}/keystone.sqlite
[token]
expiration = ${tokenSeconds}
[fernet_tokens]
key_repository = ${folder}/fernet
[credential]
key_repository = ${folder}/credential
[identity]
password_hash_rounds = 4
`;
}

const user = () => String(process.getuid?.() ?? 0);
