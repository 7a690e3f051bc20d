/** The stock command line client, installed once into a cache folder, and one call of it against a service. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const VERSION = "6.3.0";
const INSTALL_MS = 10 * 60_000;
const CALL_MS = 120_000;

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Path of `baremetal`; makes its virtual environment when there is none. @throws Error when pip cannot install it */
export async function installedCli(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "ferric", `ironicclient-${VERSION}`);
  const program = join(folder, "bin", "baremetal");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  await run("python3", ["-m", "venv", folder], { timeout: INSTALL_MS });
  await run(join(folder, "bin", "pip"), ["install", "-q", `python-ironicclient==${VERSION}`], { timeout: INSTALL_MS });
  return program;
}

/** All subcommands that the client has for bare metal, by its own entry points: "node power on" and so on. */
export async function subcommands(program: string): Promise<readonly string[]> {
  const script =
    "from importlib.metadata import entry_points\nprint('\\n'.join(e.name for e in entry_points(group='openstack.baremetal.v1')))";
  const { stdout } = await run(join(program, "..", "python"), ["-c", script], { timeout: CALL_MS });
  return stdout
    .trim()
    .split("\n")
    .map((name) => name.replace(/^baremetal_/, "").replaceAll("_", " "))
    .sort();
}

export function call(program: string, url: string, args: readonly string[]): Promise<Said> {
  return callWith(program, { OS_AUTH_TYPE: "none", OS_ENDPOINT: url }, args);
}

/** `credentials`: what the client takes from its environment. */
export async function callWith(
  program: string,
  credentials: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<Said> {
  const env = { PATH: process.env.PATH ?? "", HOME: homedir(), LANG: "C.UTF-8", ...credentials };
  try {
    const { stdout, stderr } = await run(program, [...args], { env, timeout: CALL_MS, maxBuffer: 16 * 1024 * 1024 });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: unknown; stdout?: string; stderr?: string };
    return { code: typeof code === "number" ? code : 1, out: stdout, err: stderr || String(error) };
  }
}
