/** CPU of the child processes that have ended, which Node does not tell. Linux only. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TICKS_A_SECOND = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** Milliseconds; of children whose end has been seen (cutime and cstime of /proc/self/stat, proc(5)). */
export function childrenCpu(): number {
  const [, fields = ""] = readFileSync("/proc/self/stat", "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(13, 15).map(Number);
  return ((user + system) * 1000) / TICKS_A_SECOND;
}
