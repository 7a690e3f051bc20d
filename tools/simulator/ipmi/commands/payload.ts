/** Payloads (IPMI 2.0, 24) and the settings of serial over LAN (26). */
import { bytes, type Call, CODES, type Commands, OK, type Result, word } from "../command.ts";

const SOL = 1;
const MOST = 255;
const ALREADY_ACTIVE = 0x80;
const NOT_ACTIVE = 0x80;
/** Serial over LAN, enabled for everybody who may log in; encrypted; 115.2 kbit/s. */
const SOL_DEFAULTS: Readonly<Record<number, readonly number[]>> = {
  0: [0],
  1: [1],
  2: [0xc2],
  3: [12, 96],
  4: [7, 50],
  5: [10],
  6: [10],
  7: [1],
};

/** Activate Payload (24.1). */
function activate({ bmc, session, data }: Call): Result {
  if (session === null) return CODES.noPrivilege;
  if (((data[0] ?? 0) & 0x3f) !== SOL) return CODES.invalid;
  if (!bmc.openConsole(session)) return ALREADY_ACTIVE;
  return bytes(0, 0, 0, 0, ...word(MOST), ...word(MOST), ...word(bmc.port), 0xff, 0xff);
}

function deactivate({ bmc }: Call): Result {
  if (bmc.console === null) return NOT_ACTIVE;
  bmc.console.stop();
  bmc.console = null;
  return OK;
}

/** Get Payload Activation Status (24.4). */
function activation({ bmc, data }: Call): Result {
  return bytes(1, data[0] === SOL && bmc.console !== null ? 1 : 0, 0);
}

/** Get Payload Instance Info (24.5). */
function instance({ bmc }: Call): Result {
  const id = Buffer.alloc(12);
  id.writeUInt32LE(bmc.console?.session.id ?? 0);
  return id;
}

function getSol({ bmc, data }: Call): Result {
  const [selector = 0, parameter = 0] = data;
  if ((selector & 0x80) !== 0) return bytes(0x11);
  if (parameter === 8) return bytes(0x11, ...word(bmc.port));
  const standard = SOL_DEFAULTS[parameter];
  if (standard === undefined) return CODES.parameterUnknown;
  return Buffer.concat([bytes(0x11), bmc.own.parameters.get(`sol ${parameter}`) ?? Buffer.from(standard)]);
}

function setSol({ bmc, data }: Call): Result {
  const parameter = data[1] ?? 0xff;
  if (SOL_DEFAULTS[parameter] === undefined) return CODES.parameterUnknown;
  bmc.own.parameters.set(`sol ${parameter}`, Buffer.from(data.subarray(2)));
  return OK;
}

export const PAYLOAD_COMMANDS: Commands = {
  // Suspend and resume encryption are not for SOL that is always encrypted.
  "06 48": { level: 2, run: activate },
  "06 49": { level: 2, run: deactivate },
  "06 4a": { level: 2, run: activation },
  "06 4b": { level: 2, run: instance },
  "06 4c": { level: 4, run: () => OK },
  "06 4d": { level: 3, run: () => bytes(2, 0, 0, 0) },
  // Get Channel Payload Support: IPMI, SOL, and the four of session setup.
  "06 4e": { level: 2, run: () => bytes(3, 0, 0x0f, 0, 0, 0, 0, 0) },
  "06 4f": { level: 2, run: () => bytes(0x10) },
  "0c 21": { level: 4, run: setSol },
  "0c 22": { level: 2, run: getSol },
};
