/**
 * One service a state folder: a file there names the process that uses it. A process that was killed leaves its file
 * behind; the process's start time and the machine's boot id tell that it is not the one that has its number now.
 */
import { randomUUID } from "node:crypto";
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

interface Holder {
  readonly pid: number;
  /** Start of the process and boot of the machine; null where the system does not tell. */
  readonly birth: string | null;
}

/** @throws Error naming the process that holds the folder, or why the folder cannot be used */
export function lockFolder(folder: string): Disposable {
  makeFolder(folder);
  const remedy = "stop it, or give this one a folder of its own with --data";
  return hold(join(folder, "ferric.pid"), folder, remedy);
}

/** One process a file: what it is appended to by several would be mixed up. @throws Error naming the process that has it */
export function lockFile(file: string): Disposable {
  makeFolder(dirname(file));
  return hold(`${file}.pid`, file, "stop it, or give this one a file of its own");
}

/** `what` is held by the process that `file` names; `remedy` completes the refusal. */
function hold(file: string, what: string, remedy: string): Disposable {
  const mine = `${file}.${randomUUID()}`;
  writeFileSync(mine, JSON.stringify({ pid: process.pid, birth: birthOf(process.pid) } satisfies Holder));
  try {
    take(file, mine, what, remedy);
  } finally {
    rmSync(mine, { force: true });
  }
  return { [Symbol.dispose]: () => releaseOwn(file) };
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o750 });
  } catch (error) {
    throw new Error(
      `the folder for the service's data, ${folder}, cannot be made (${error instanceof Error ? error.message : error}); set [DEFAULT]state_path or --data to one that can be written`,
    );
  }
}

/** A link is made or not, whole: of two that start at once, one wins. */
function take(file: string, mine: string, what: string, remedy: string): void {
  for (let attempt = 0; attempt < 5; attempt++) {
    try {
      linkSync(mine, file);
      return;
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const holder = readHolder(file);
    if (holder !== null && isAlive(holder))
      throw new Error(`another ferric (process ${holder.pid}) uses ${what}; ${remedy}`);
    removeStale(file);
  }
  throw new Error(`${file} cannot be taken; remove it if no ferric uses ${what}`);
}

/** Renamed first, so that of two that find it stale only one removes it. */
function removeStale(file: string): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return;
  }
  const holder = readHolder(aside);
  if (holder !== null && isAlive(holder)) {
    linkSync(aside, file);
  }
  rmSync(aside, { force: true });
}

function readHolder(file: string): Holder | null {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof value !== "object" || value === null || !("pid" in value) || typeof value.pid !== "number") return null;
    const birth = "birth" in value && typeof value.birth === "string" ? value.birth : null;
    return { pid: value.pid, birth };
  } catch {
    return null;
  }
}

function isAlive(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EPERM")) return false;
  }
  return holder.birth === birthOf(holder.pid);
}

/** proc(5): field 22 of stat is the start time; the name in field 2 may hold blanks and parentheses. */
function birthOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return `${readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()} ${start}`;
  } catch {
    return null;
  }
}

function releaseOwn(file: string): void {
  if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
}
