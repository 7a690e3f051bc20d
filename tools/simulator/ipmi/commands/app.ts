/** Application commands (IPMI 2.0, 20 to 22): the BMC itself, its channels, sessions. */
import { bytes, type Call, CODES, type Commands, OK, type Result, word } from "../command.ts";
import { guidOf, type Session } from "../sessions.ts";
import { cipherSuiteRecords } from "../suites.ts";

/** A number of the private range: nobody's. */
const MANUFACTURER_ID = 0x7ffe;
const PRODUCT_ID = 0x5331;
const LAN = 1;
const NOW = 0x0e;

/** Get Channel Authentication Capabilities (22.13): version 2.0 only, accounts with names only. */
function authentication({ data, bmc }: Call): Result {
  if (data.length < 2) return CODES.tooShort;
  const channel = (data[0] ?? 0) & 15;
  if (channel !== LAN && channel !== NOW) return CODES.invalid;
  const hasKg = bmc.sessions.rules.kgKey !== null;
  return bytes(LAN, 0x80, (hasKg ? 0x20 : 0) | 0x04, 0x02, 0, 0, 0, 0);
}

/** Get Channel Cipher Suites (22.15): sixteen bytes of the list at a time. */
function cipherSuites({ data, bmc }: Call): Result {
  const records = cipherSuiteRecords(bmc.sessions.rules.suites);
  const from = ((data[2] ?? 0) & 0x3f) * 16;
  return Buffer.concat([bytes(LAN), records.subarray(from, from + 16)]);
}

function deviceId(): Result {
  const support = 0xbf;
  return bytes(0x20, 0x81, 2, 0x21, 2, support, ...word(MANUFACTURER_ID), 0, ...word(PRODUCT_ID), 0, 0, 0, 0);
}

function setPrivilege({ session, data }: Call): Result {
  if (session === null) return CODES.noPrivilege;
  const asked = (data[0] ?? 0) & 15;
  if (asked === 0) return bytes(session.level);
  if (asked > Math.min(session.most, session.account?.level ?? 0)) return 0x81;
  session.level = asked;
  return bytes(asked);
}

function closeSession({ session, bmc, data }: Call): Result {
  if (data.length < 4) return CODES.tooShort;
  const id = data.readUInt32LE(0);
  if (id !== 0 && bmc.sessions.get(id) === undefined) return 0x87;
  return session === null ? CODES.noPrivilege : OK;
}

/** Get Session Info (22.20). */
function sessionInfo({ session, bmc, data }: Call): Result {
  const { active, rules } = bmc.sessions;
  const index = data[0] ?? 0;
  const found =
    index === 0
      ? (session ?? undefined)
      : index === 0xff
        ? bmc.sessions.get(data.length >= 5 ? data.readUInt32LE(1) : 0)
        : active[index - 1];
  const counts = [rules.slots, active.length];
  if (found === undefined) return bytes(0, ...counts);
  return Buffer.concat([bytes(active.indexOf(found) + 1, ...counts), whoAndWhence(found)]);
}

function whoAndWhence({ account, level, peer }: Session): Buffer {
  const address = (peer?.address ?? "0.0.0.0").split(".").map(Number);
  return bytes(account?.id ?? 0, level, 0x11, ...address, 0, 0, 0, 0, 0, 0, ...word(peer?.port ?? 0));
}

function channelInfo({ data, bmc }: Call): Result {
  const channel = (data[0] ?? 0) & 15;
  if (channel !== LAN && channel !== NOW) return CODES.invalid;
  // 802.3 LAN, IPMB protocol, many sessions; vendor: IPMI forum.
  return bytes(LAN, 4, 1, 0x80 | bmc.sessions.active.length, 0xf2, 0x1b, 0, 0, 0);
}

/** Get Watchdog Timer (27.7): what was set, not counting. */
function watchdog({ bmc }: Call): Result {
  const set = bmc.own.watchdog ?? Buffer.alloc(6);
  return Buffer.concat([set, set.subarray(4, 6)]);
}

function setWatchdog({ bmc, data }: Call): Result {
  if (data.length < 6) return CODES.tooShort;
  bmc.own.watchdog = Buffer.from(data.subarray(0, 6));
  return OK;
}

/** Get System Info Parameters (22.14a): names and versions, in blocks of sixteen characters. */
function systemInfo({ bmc, machine, data }: Call): Result {
  const [selector = 0, parameter = 0, set = 0] = data;
  if ((selector & 0x80) !== 0) return bytes(0x11);
  const texts: Readonly<Record<number, string>> = { 1: "1.4.2", 2: machine.identity.name, 3: "", 4: "" };
  const standard = texts[parameter];
  if (standard === undefined) return CODES.parameterUnknown;
  const text = Buffer.from(bmc.own.texts.get(`system ${parameter}`) ?? standard);
  const block = Buffer.alloc(16);
  const head = set === 0 ? bytes(0, text.length) : OK;
  const from = set === 0 ? 0 : 14 + (set - 1) * 16;
  head.copy(block);
  text.copy(block, head.length, from, from + 16 - head.length);
  return Buffer.concat([bytes(0x11, set), block]);
}

function setSystemInfo({ bmc, data }: Call): Result {
  const [parameter = 0, set = 0] = data;
  if (parameter === 0) return OK;
  if (parameter > 4) return CODES.parameterUnknown;
  const [key, text] = [`system ${parameter}`, data.subarray(set === 0 ? 4 : 2)];
  const before = set === 0 ? "" : (bmc.own.texts.get(key) ?? "");
  bmc.own.texts.set(key, before + text.toString("latin1").replace(/\0+$/, ""));
  return OK;
}

export const APP_COMMANDS: Commands = {
  "06 01": { level: 2, run: deviceId },
  "06 02": { level: 4, run: () => OK },
  "06 03": { level: 4, run: () => OK },
  // Get Self Test Results: none failed.
  "06 04": { level: 2, run: () => bytes(0x55, 0) },
  // Get ACPI Power State: S0/G0 or S5/G2.
  "06 07": { level: 2, run: ({ machine }) => (machine.isOn ? bytes(0, 0) : bytes(5, 0)) },
  "06 08": { level: 2, run: ({ machine }) => guidOf(machine) },
  "06 22": { level: 3, run: ({ bmc }) => (bmc.own.watchdog === null ? 0x80 : OK) },
  "06 24": { level: 3, run: setWatchdog },
  "06 25": { level: 2, run: watchdog },
  // Set and Get BMC Global Enables: the event log is on.
  "06 2e": { level: 4, run: () => OK },
  "06 2f": { level: 2, run: () => bytes(0x08) },
  // Clear and Get Message Flags: nothing waits.
  "06 30": { level: 3, run: () => OK },
  "06 31": { level: 3, run: () => bytes(0) },
  "06 37": { level: 0, run: ({ machine }) => guidOf(machine) },
  "06 38": { level: 0, run: authentication },
  "06 3b": { level: 2, run: setPrivilege },
  "06 3c": { level: 2, run: closeSession },
  "06 3d": { level: 2, run: sessionInfo },
  "06 42": { level: 2, run: channelInfo },
  "06 54": { level: 0, run: cipherSuites },
  "06 58": { level: 4, run: setSystemInfo },
  "06 59": { level: 2, run: systemInfo },
};
