/**
 * What the field tests Redfish with, from PyPI, installed once into a cache folder: sushy-tools' emulator, and the recorded
 * resources that sushy and its extension for iDRACs bring along.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PROGRAMS = ["sushy-tools==2.2.0"];
/** Read only: what they depend on is not needed. */
const RECORDED = ["sushy==5.14.0", "sushy-oem-idrac==6.0.0"];
const INSTALL_MS = 10 * 60_000;

/** @throws Error when pip cannot install them */
export async function redfishPrograms(): Promise<{ readonly python: string; readonly packages: string }> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "ferric", "redfish-programs-1");
  const mark = join(folder, "installed");
  const python = join(folder, "bin", "python");
  if (!existsSync(mark)) {
    mkdirSync(folder, { recursive: true });
    await run("python3", ["-m", "venv", "--clear", folder], { timeout: INSTALL_MS });
    const pip = join(folder, "bin", "pip");
    await run(pip, ["install", "-q", ...PROGRAMS], { timeout: INSTALL_MS });
    await run(pip, ["install", "-q", "--no-deps", ...RECORDED], { timeout: INSTALL_MS });
    writeFileSync(mark, "");
  }
  const { stdout } = await run(python, ["-c", "import sysconfig;print(sysconfig.get_paths()['purelib'])"]);
  return { python, packages: stdout.trim() };
}
