/** Debian packages for the parts that need them: installed where that may be done, named elsewhere. */
import { execFileSync } from "node:child_process";
import { run, tail } from "./part.ts";

const MINUTES = 20 * 60_000;

/** Null when all are there; else why they are not. `failed` when installing was tried. */
export interface Missing {
  readonly reason: string;
  readonly failed: boolean;
}

export async function provide(packages: readonly string[], mayInstall: boolean): Promise<Missing | null> {
  if (!isDebian()) return { reason: `needs a Debian machine with ${packages.join(" ")}`, failed: false };
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return null;
  if (!mayInstall || process.getuid?.() !== 0)
    return { reason: `needs packages: apt-get install ${missing.join(" ")}`, failed: false };
  return install(missing);
}

async function install(missing: readonly string[]): Promise<Missing | null> {
  process.stdout.write(`installing Debian packages: ${missing.join(" ")}\n`);
  const options = { log: "packages", timeoutMs: MINUTES, env: { DEBIAN_FRONTEND: "noninteractive" } };
  await run("apt-get", ["update", "-q"], options);
  const done = await run("apt-get", ["install", "-y", "-q", "--no-install-recommends", ...missing], options);
  const still = missing.filter((name) => !isInstalled(name));
  if (still.length === 0) return null;
  return { reason: `apt-get could not install ${still.join(" ")}\n${tail(done.output, 15)}`, failed: true };
}

function isDebian(): boolean {
  try {
    execFileSync("dpkg-query", ["--version"], { stdio: "ignore", timeout: 10_000 });
    execFileSync("apt-get", ["--version"], { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}

function isInstalled(name: string): boolean {
  try {
    const status = execFileSync("dpkg", ["-s", name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    });
    return /^Status: .* installed$/m.test(status);
  } catch {
    return false;
  }
}
