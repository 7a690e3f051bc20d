/** Limits that no tool of ours can hold: at most 300 lines a source file. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { failed, type Outcome, passed, ROOT } from "./part.ts";

const MOST_LINES = 300;
const FOLDERS = ["api", "boot", "common", "conductor", "db", "drivers", "ipa-agent", "spec", "tools", "web"];

export interface LongFile {
  readonly file: string;
  readonly lines: number;
}

export function longFiles(root: string, folders: readonly string[] = FOLDERS): readonly LongFile[] {
  return folders
    .flatMap((folder) => sources(join(root, folder)))
    .flatMap((file) => {
      const lines = readFileSync(file, "utf8").trimEnd().split("\n").length;
      return lines > MOST_LINES ? [{ file: relative(root, file), lines }] : [];
    });
}

function sources(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.(ts|mts|mjs)$/.test(entry.name) && !entry.parentPath.includes("node_modules"),
    )
    .map((entry) => join(entry.parentPath, entry.name));
}

export async function limits(): Promise<Outcome> {
  const long = longFiles(ROOT);
  if (long.length === 0) return passed();
  const list = long.map(({ file, lines }) => `${file}: ${lines} lines; at most ${MOST_LINES}`).join("\n");
  return failed(`${long.length} files are too long`, list);
}
