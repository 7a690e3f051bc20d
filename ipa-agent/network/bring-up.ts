/** Brings up the network that the node's network_data describes, where the medium that was booted from carries one. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import { reasonText } from "../errors.ts";
import type { Journal } from "../journal.ts";
import type { Pause } from "../pause.ts";
import { runProgram } from "../run-program.ts";
import { type Interface, type NetworkPlan, planNetwork } from "./network-data.ts";

const LINKS = "/sys/class/net";
/** Network cards may come late. */
const TRIES = 20;
const PAUSE_MS = 500;
const IP_LIMIT = { timeout: 20_000 } as const;

export interface BringUpOptions {
  /** Tried in order; the first that is there counts. */
  readonly files: readonly string[];
  readonly journal: Journal;
  readonly pause: Pause;
  readonly resolvConf?: string;
  readonly signal?: AbortSignal;
}

/** False: no medium says anything about the network. What does not succeed is told, and the agent tries on. */
export async function bringUpNetwork(options: BringUpOptions): Promise<boolean> {
  const file = options.files.find((path) => existsSync(path));
  if (file === undefined) return false;
  const { journal } = options;
  try {
    const data: unknown = JSON.parse(await readFile(file, "utf8"));
    if (!isJsonObject(data)) throw new Error("it is no object");
    await carryOut(await planWhenThere(data, options), options);
  } catch (error) {
    journal.info(`network data of ${file} cannot be used: ${reasonText(error)}`);
  }
  return true;
}

async function planWhenThere(data: JsonObject, { pause, signal }: BringUpOptions): Promise<NetworkPlan> {
  for (let attempt = 1; ; attempt += 1) {
    const plan = planNetwork(data, await interfaces(), (device) => existsSync(`${LINKS}/${device}`));
    if (plan.problems.length === 0 || attempt === TRIES) return plan;
    await pause(PAUSE_MS, signal);
  }
}

async function carryOut(
  plan: NetworkPlan,
  { journal, resolvConf = "/etc/resolv.conf" }: BringUpOptions,
): Promise<void> {
  for (const problem of plan.problems) journal.info(`network data: ${problem}`);
  for (const command of plan.commands) await attempt(command, journal);
  for (const device of plan.dhcp) keepLease(device, journal);
  if (plan.nameServers.length > 0)
    await writeFile(resolvConf, plan.nameServers.map((server) => `nameserver ${server}\n`).join(""));
  journal.info(
    `network: ${plan.commands
      .filter(([what]) => what === "addr")
      .map((command) => command[2])
      .join(" ")}`,
  );
}

async function attempt(args: readonly string[], journal: Journal): Promise<void> {
  try {
    await runProgram("ip", args, IP_LIMIT);
  } catch (error) {
    journal.info(`ip ${args.join(" ")}: ${reasonText(error)}`);
  }
}

/** The client stays for as long as the machine runs, and renews its lease. */
function keepLease(device: string, journal: Journal): void {
  const args = ["udhcpc", "-f", "-S", "-t", "5", "-T", "2", "-i", device, "-s", "/opt/ferric/dhcp-lease"];
  const child = spawn("busybox", args, { detached: true, stdio: "ignore" });
  child.once("error", (error) => journal.info(`no DHCP on ${device}: ${error.message}`));
  child.unref();
}

/** Cards with their own addresses: a member of a bond shows the bond's. */
async function interfaces(): Promise<readonly Interface[]> {
  const found: Interface[] = [];
  for (const name of await readdir(LINKS)) {
    const read = (file: string) => readFile(`${LINKS}/${name}/${file}`, "utf8").catch(() => "");
    const own = await read("bonding_slave/perm_hwaddr");
    const mac = (own === "" ? await read("address") : own).trim().toLowerCase();
    const isMade = existsSync(`${LINKS}/${name}/bonding`) || (await read("uevent")).includes("DEVTYPE=vlan");
    if (mac !== "" && !isMade) found.push({ name, mac });
  }
  return found;
}
