/** Chassis commands (IPMI 2.0, 28): power, identify, boot options. */
import type { PowerAction } from "../../machine.ts";
import { bytes, type Call, CODES, type Commands, OK, type Result, stamp } from "../command.ts";

/** Chassis Control (28.3). */
const ACTIONS: Readonly<Record<number, PowerAction>> = {
  0: "off",
  1: "on",
  2: "cycle",
  3: "reset",
  4: "nmi",
  5: "soft-off",
};
const DEFAULT_IDENTIFY_S = 15;
const FOREVER_S = 1e9;
const BOOT_FLAGS = 5;
/** Bytes of each boot option (table 28-14). */
const BOOT_SIZES: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 1, 3: 1, 4: 2, 5: 5, 6: 9, 7: 17 };
const VERSION = 1;

/** Get Chassis Status (28.2). */
function status({ machine }: Call): Result {
  const power = (machine.isOn ? 1 : 0) | (machine.restorePolicy << 5);
  const last = machine.restartCause === 1 ? 0x10 : 0;
  const identify = machine.identifyUntil > machine.world.now() ? 0x10 : 0;
  return bytes(power, last, 0x40 | identify, 0);
}

function control({ machine, data }: Call): Result {
  if (data.length === 0) return CODES.tooShort;
  const action = ACTIONS[data[0] ?? 0];
  if (action === undefined) return CODES.invalid;
  // A machine that is off has nothing to be reset or cycled.
  if (!machine.isOn && (action === "cycle" || action === "reset" || action === "nmi")) return 0xd5;
  machine.power(action);
  return OK;
}

function identify({ machine, data }: Call): Result {
  const seconds = ((data[1] ?? 0) & 1) === 1 ? FOREVER_S : (data[0] ?? DEFAULT_IDENTIFY_S);
  machine.identifyUntil = machine.world.now() + seconds * 1000;
  return OK;
}

function setRestorePolicy({ machine, data }: Call): Result {
  const policy = (data[0] ?? 3) & 7;
  if (policy < 3) machine.restorePolicy = policy;
  return bytes(7);
}

/** Set System Boot Options (28.12). */
function setBoot({ machine, bmc, data }: Call): Result {
  const parameter = (data[0] ?? 0) & 0x7f;
  const size = BOOT_SIZES[parameter];
  if (data.length === 0) return CODES.tooShort;
  if (size === undefined) return CODES.parameterUnknown;
  const value = data.subarray(1);
  if (value.length === 0) return OK;
  if (parameter === BOOT_FLAGS) {
    if (value.length < size) return CODES.tooShort;
    machine.boot.setFlags(Buffer.from(value.subarray(0, size)));
  } else bmc.own.parameters.set(`boot ${parameter}`, Buffer.from(value.subarray(0, size)));
  return OK;
}

function getBoot({ machine, bmc, data }: Call): Result {
  const parameter = (data[0] ?? 0) & 0x7f;
  const size = BOOT_SIZES[parameter];
  if (size === undefined) return CODES.parameterUnknown;
  const kept = parameter === BOOT_FLAGS ? machine.boot.flags : bmc.own.parameters.get(`boot ${parameter}`);
  return Buffer.concat([bytes(VERSION, parameter), kept ?? Buffer.alloc(size)]);
}

export const CHASSIS_COMMANDS: Commands = {
  // Get Chassis Capabilities: intrusion sensor, no front panel lockout; where its devices are.
  "00 00": { level: 2, run: () => bytes(1, 0x20, 0x20, 0x20, 0x20, 0x20) },
  "00 01": { level: 2, run: status },
  "00 02": { level: 3, run: control },
  "00 04": { level: 3, run: identify },
  "00 06": { level: 3, run: setRestorePolicy },
  "00 07": { level: 2, run: ({ machine }) => bytes(machine.restartCause & 15, 1) },
  "00 08": { level: 3, run: setBoot },
  "00 09": { level: 3, run: getBoot },
  // Set Front Panel Enables.
  "00 0a": { level: 4, run: () => OK },
  // Get POH Counter: hours.
  "00 0f": { level: 2, run: ({ machine }) => Buffer.concat([bytes(60), stamp(8760 + (machine.index % 1000))]) },
};
