/** CPU and memory of processes as /proc tells them. */
import { readdirSync, readFileSync } from "node:fs";

/** CPU time in /proc is counted in ticks of a hundredth of a second (sysconf(_SC_CLK_TCK) on Linux). */
const TICKS = 100;
const PAGE_MB = 4096 / 2 ** 20;

export interface ProcessFacts {
  readonly pid: number;
  readonly ppid: number;
  readonly name: string;
  /** Seconds of its own and of its children that have ended. */
  readonly cpu: number;
  readonly mb: number;
}

export function readProcesses(): readonly ProcessFacts[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map((pid) => factsOf(Number(pid))).filter((facts) => facts !== null);
}

/** Null for one that has gone. proc(5): the name may hold blanks and parentheses. */
export function factsOf(pid: number): ProcessFacts | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const name = stat.slice(stat.indexOf("(") + 1, stat.lastIndexOf(")"));
    const fields = stat
      .slice(stat.lastIndexOf(")") + 2)
      .split(" ")
      .map(Number);
    const [, ppid = 0] = fields;
    const ticks = [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0);
    const resident = Number(readFileSync(`/proc/${pid}/statm`, "utf8").split(" ")[1]);
    return { pid, ppid, name, cpu: ticks / TICKS, mb: resident * PAGE_MB };
  } catch {
    return null;
  }
}

export function usageOf(pids: readonly number[]): { readonly cpu: number; readonly mb: number } {
  const all = pids.map(factsOf).filter((facts) => facts !== null);
  return { cpu: all.reduce((sum, one) => sum + one.cpu, 0), mb: all.reduce((sum, one) => sum + one.mb, 0) };
}
