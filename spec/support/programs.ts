/** Programs that tests compare our own work with, where the system has them. */
import { spawnSync } from "node:child_process";

/** Whether all of them can be started. */
export function hasPrograms(...names: readonly string[]): boolean {
  return names.every((name) => {
    const { error } = spawnSync(name, ["--version"], { stdio: "ignore", timeout: 10_000 });
    return error === undefined;
  });
}
