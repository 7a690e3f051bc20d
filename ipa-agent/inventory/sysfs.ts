/** Reads single values of /sys and /proc; absent ones are null. */
import { readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";

export async function readText(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

/** Last part of the name a symbolic link points to. */
export async function linkName(path: string): Promise<string | null> {
  const target = await readlink(path).catch(() => null);
  return target === null ? null : basename(target);
}
