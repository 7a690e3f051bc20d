/** The real sushy from PyPI, installed once into a cache folder, as a Python to run programs with. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const VERSION = "5.14.0";
const INSTALL_MS = 5 * 60_000;

/** Path of the Python; makes its virtual environment when there is none. @throws Error when pip cannot install it */
export async function sushyPython(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "ferric", `sushy-${VERSION}`);
  const mark = join(folder, "installed");
  if (!existsSync(mark)) {
    mkdirSync(folder, { recursive: true });
    await run("python3", ["-m", "venv", "--clear", folder], { timeout: INSTALL_MS });
    await run(join(folder, "bin", "pip"), ["install", "-q", `sushy==${VERSION}`], { timeout: INSTALL_MS });
    writeFileSync(mark, "");
  }
  return join(folder, "bin", "python");
}
