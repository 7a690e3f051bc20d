/** What a BMC writes into the variables of a machine's UEFI firmware, by virt-firmware from PyPI, installed once into a cache folder. */
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const PACKAGE = "virt-firmware==24.11";
const INSTALL_MS = 10 * 60_000;

/** The next start of the firmware with the variables in `file` fetches what it boots from `url`. @throws Error when pip cannot install it */
export async function bootFromUrl(file: string, url: string): Promise<void> {
  await run(await program(), ["--inplace", file, "--set-boot-uri", url]);
}

async function program(): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "ferric", PACKAGE.replace("==", "-"));
  const mark = join(folder, "installed");
  if (!existsSync(mark)) {
    mkdirSync(folder, { recursive: true });
    await run("python3", ["-m", "venv", "--clear", folder], { timeout: INSTALL_MS });
    await run(join(folder, "bin", "pip"), ["install", "-q", PACKAGE], { timeout: INSTALL_MS });
    writeFileSync(mark, "");
  }
  return join(folder, "bin", "virt-fw-vars");
}
