/**
 * What a machine is, beside what the service believes: its power, what it boots next and how often it has started. A
 * file each, written by whoever switches it: the driver as the BMC would, or the agent that shuts its machine down.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface Machine {
  readonly power: "power on" | "power off";
  readonly boots: "ramdisk" | "disk";
  readonly starts: number;
}

const NEW: Machine = { power: "power off", boots: "disk", starts: 0 };

/** The folder of them all, by the file of the actions. */
const folderOf = (stepLog: string): string => `${stepLog}.machines`;

export function readMachine(stepLog: string, node: string): Machine {
  try {
    return JSON.parse(readFileSync(join(folderOf(stepLog), node), "utf8")) as Machine;
  } catch {
    return NEW;
  }
}

export function changeMachine(stepLog: string, node: string, changes: Partial<Machine>): void {
  const folder = folderOf(stepLog);
  mkdirSync(folder, { recursive: true });
  const written = join(folder, `.${node}.${process.pid}`);
  writeFileSync(written, JSON.stringify({ ...readMachine(stepLog, node), ...changes }));
  renameSync(written, join(folder, node));
}

/** As a BMC does it: switching on what is on changes nothing. */
export function switchPower(stepLog: string, node: string, target: "power on" | "power off" | "rebooting"): void {
  const { power, starts } = readMachine(stepLog, node);
  const starting = target === "rebooting" || (target === "power on" && power === "power off");
  changeMachine(stepLog, node, {
    power: target === "power off" ? "power off" : "power on",
    starts: starting ? starts + 1 : starts,
  });
}
