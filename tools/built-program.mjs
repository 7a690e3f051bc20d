// The built program, which runs in place of the sources while it is newer than every one of them.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..");
export const PROGRAM = "dist/program/cli.mjs";

/** It reads the sources' tests. */
const FROM_SOURCES = ["test"];
/** As in tsconfig.build.json. */
export const SOURCES = ["api", "boot", "common", "conductor", "db", "drivers", "ipa-agent", "tools", "web"];

/** Its path; null for a command that runs from the sources, and where there is no build or an old one. See also tools/needs-sources.ts. */
export function builtProgram(command, root = ROOT) {
  const file = join(root, PROGRAM);
  if (FROM_SOURCES.includes(command) || !existsSync(file)) return null;
  const built = statSync(file).mtimeMs;
  const sources = [
    join(root, "package-lock.json"),
    ...SOURCES.flatMap((folder) => [...filesBelow(join(root, folder))]),
  ];
  return sources.every((source) => statSync(source).mtimeMs <= built) ? file : null;
}

/** Folders too: what was deleted changes only them. */
function* filesBelow(folder) {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    yield path;
    if (entry.isDirectory()) yield* filesBelow(path);
  }
}
