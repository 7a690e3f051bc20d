/** A controller over IPMI: who we are to it, and what ferric would ask of it. Nothing is changed. */
import { decodeBootFlags } from "../../drivers/ipmi/client/boot-options.ts";
import { bootOption, chassisStatus } from "../../drivers/ipmi/client/chassis.ts";
import { type Bmc, IpmiClient, type Send } from "../../drivers/ipmi/client/client.ts";
import { deviceId } from "../../drivers/ipmi/client/device.ts";
import { IpmiError, type IpmiTrouble } from "../../drivers/ipmi/client/ipmi-error.ts";
import { type Finding, fail, pass, warn } from "../doctor/check.ts";
import type { ProbedBmc, ProbedPart, ProbeStep } from "./bmc.ts";
import { clockFinding } from "./clock.ts";

const ADMINISTRATOR = 4;
const TIMEOUT_MS = 8000;
/** Best first: SHA-256 before SHA-1. */
const SUITES = [17, 3] as const;
const BOOT_FLAGS = 5;
/** 31.10 */
const GET_SEL_TIME = { name: "Get SEL Time", netFn: 0x0a, cmd: 0x48 } as const;
/** A clock that was never set (37.1). */
const UNSET = [0, 0xffffffff];
/** Up to here it counts seconds since the controller started. */
const SINCE_START = 0x20000000;

const REMEDIES: Readonly<Record<IpmiTrouble, string>> = {
  version: "enable IPMI 2.0 over LAN (RMCP+) on the controller; ipmi-native speaks nothing older",
  silent: "check the address, that UDP port 623 reaches it (firewall, VLAN), and that IPMI over LAN is enabled there",
  credentials: "correct the user name or the password; IPMI takes 20 bytes of it at most",
  privilege: "give the user the privilege ADMINISTRATOR on the LAN channel",
  cipher: "enable cipher suite 17, or 3, for ADMINISTRATOR on the LAN channel",
  full: "end sessions of others, or restart the controller: it has none free",
  address: "correct the address, or the name service",
  refused: "look at what the controller said; its firmware may not have this command",
  malformed: "update the controller's firmware: its answer breaks the specification",
};

export function ipmiPart(target: ProbedBmc): ProbedPart {
  const client = new IpmiClient();
  const sender = (signal: AbortSignal, suites: readonly number[] = SUITES): Send =>
    client.sender(bmcOf(target, suites), { signal });
  const step = (name: string, look: (send: Send) => Promise<readonly Finding[]>): ProbeStep => ({
    name: `ipmi ${name}`,
    run: (signal) => told(() => look(sender(signal))),
  });
  return {
    steps: [
      { name: "ipmi login", run: (signal) => told(() => login(target, (suites) => sender(signal, suites))) },
      step("power", power),
      step("boot", boot),
      step("clock", clock),
    ],
    close: () => client.close(),
  };
}

function bmcOf({ host, ipmiPort: port, username, password }: ProbedBmc, cipherSuites: readonly number[]): Bmc {
  const credentials = { username: username === "" ? null : username, password, kgKey: null, privilege: ADMINISTRATOR };
  return { host, port, ...credentials, cipherSuites, timeoutMs: TIMEOUT_MS, bridge: null };
}

async function told(look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof IpmiError)) throw error;
    return [fail(error.message, REMEDIES[error.trouble])];
  }
}

async function login(target: ProbedBmc, sender: (suites: readonly number[]) => Send): Promise<readonly Finding[]> {
  const user = target.username === "" ? "the empty user" : `user "${target.username}"`;
  let refused: unknown = null;
  for (const suite of SUITES) {
    try {
      const device = await deviceId(sender([suite]));
      const text = `${user} is in, with cipher suite ${suite}; firmware ${device.firmware}, IPMI ${device.ipmiVersion}, manufacturer ${device.manufacturer}`;
      const found = device.available
        ? pass(text)
        : warn(text, "the controller starts or is being updated: wait for it");
      if (suite === SUITES[0]) return [found];
      return [found, warn("cipher suite 17 is refused: logins are protected by SHA-1", REMEDIES.cipher)];
    } catch (error) {
      if (!(error instanceof IpmiError) || error.trouble !== "cipher") throw error;
      refused = error;
    }
  }
  throw refused;
}

async function power(send: Send): Promise<readonly Finding[]> {
  const status = await chassisStatus(send);
  const state = `the machine is ${status.power ? "on" : "off"}; after a loss of power it is ${status.restorePolicy}`;
  const faults = (["powerFault", "powerControlFault", "overload", "coolingFault", "driveFault"] as const).filter(
    (fault) => status[fault],
  );
  if (faults.length === 0) return [pass(state)];
  return [warn(`${state}; it reports ${faults.join(", ")}`, "look at the machine and its event log")];
}

async function boot(send: Send): Promise<readonly Finding[]> {
  const flags = decodeBootFlags(await bootOption(send, BOOT_FLAGS));
  if (flags === null) return [fail("the boot flags cannot be read", REMEDIES.malformed)];
  if (!flags.valid) return [pass("boot flags can be read; none are set, the firmware's own order counts")];
  const how = `${flags.efi ? "UEFI" : "BIOS"}, ${flags.persistent ? "for all starts" : "for the next start"}`;
  return [pass(`boot flags can be read; ${flags.device} (${how})`)];
}

async function clock(send: Send): Promise<readonly Finding[]> {
  const data = await send(GET_SEL_TIME);
  if (data.length < 4) return [fail("Get SEL Time: the answer is cut short", REMEDIES.malformed)];
  const seconds = data.readUInt32LE(0);
  if (UNSET.includes(seconds) || seconds < SINCE_START)
    return [
      warn("the clock was never set: times of its event log mean nothing", "set it, or name an NTP server there"),
    ];
  return [clockFinding(new Date(seconds * 1000), new Date())];
}
