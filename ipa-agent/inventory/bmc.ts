/** Where the BMC of this machine is on the network, as it tells itself over the kernel's interface. */
import { existsSync } from "node:fs";
import { tryProgram } from "../run-program.ts";

interface Bmc {
  readonly bmc_address: string | null;
  readonly bmc_v6address: string | null;
  readonly bmc_mac: string | null;
}

/** Standard output of ipmitool with these arguments; null when it failed. */
type Ask = (args: readonly string[]) => Promise<string | null>;

const NOWHERE: Bmc = { bmc_address: null, bmc_v6address: null, bmc_mac: null };
const CHANNELS = [1, 2, 3, 4, 5, 6, 7, 8];
const NO_ADDRESS = /^[0:]+$/;
/** fe80::/10 leads to it from its own link only. */
const LINK_LOCAL = /^fe[89ab]/i;

/** Of the first channel that has an address of either kind. */
export async function readBmc(ask: Ask | null = localIpmitool()): Promise<Bmc> {
  if (ask === null) return NOWHERE;
  for (const channel of CHANNELS) {
    const lan = await ask(["lan", "print", String(channel)]);
    if (lan === null) continue;
    const address = /^IP Address\s*: (\S+)/m.exec(lan)?.[1] ?? null;
    const found = {
      bmc_address: address === "0.0.0.0" ? null : address,
      bmc_v6address: await v6Address(ask, channel),
      bmc_mac: /^MAC Address\s*: (\S+)/m.exec(lan)?.[1] ?? null,
    };
    if (found.bmc_address !== null || found.bmc_v6address !== null) return found;
  }
  return NOWHERE;
}

function localIpmitool(): Ask | null {
  if (!existsSync("/dev/ipmi0") && !existsSync("/dev/ipmi/0")) return null;
  return (args) => tryProgram("ipmitool", args);
}

/** One that was set, before one that the network has given. */
async function v6Address(ask: Ask, channel: number): Promise<string | null> {
  for (const kind of ["static_addr", "dynamic_addr"]) {
    const told = (await ask(["lan6", "print", String(channel), kind])) ?? "";
    for (const entry of told.split(/^IPv6 \w+ Address \d+:/m)) {
      const address = /^\s*Address:\s+([0-9a-f:.]+)\/\d+/im.exec(entry)?.[1];
      const isOff = /^\s*(?:Enabled:\s+no|Status:\s+disabled)/im.test(entry);
      if (address !== undefined && !isOff && !NO_ADDRESS.test(address) && !LINK_LOCAL.test(address)) return address;
    }
  }
  return null;
}
