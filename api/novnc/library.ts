/** Files of the library noVNC, read once from its package: what a browser may fetch is what was found there, by name. */
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Content } from "./answers.ts";

/** Below the package's folder, with all that it imports. */
const FOLDERS = ["core", "vendor"];
const BASE = "/novnc";

/** By path. @throws Error when the package is not there */
export function libraryFiles(): ReadonlyMap<string, Content> {
  // Its only entry is core/rfb.js.
  const root = join(createRequire(import.meta.url).resolve("@novnc/novnc"), "../..");
  const files = new Map<string, Content>();
  for (const folder of FOLDERS)
    for (const path of scriptsBelow(join(root, folder)))
      files.set(`${BASE}${path.slice(root.length)}`, {
        type: "text/javascript; charset=utf-8",
        body: readFileSync(path),
      });
  return files;
}

function* scriptsBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* scriptsBelow(path);
    else if (entry.isFile() && entry.name.endsWith(".js")) yield path;
  }
}
