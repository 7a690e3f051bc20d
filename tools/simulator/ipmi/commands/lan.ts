/** LAN configuration (IPMI 2.0, 23): kept as it was set; it does not move the simulated controller. */
import { bytes, type Call, CODES, type Commands, OK, type Result, word } from "../command.ts";

const REVISION = 0x11;
const mac = (text: string) => Buffer.from(text.replaceAll(":", ""), "hex");
const SIZES: Readonly<Record<number, number>> = {
  ...{ 0: 1, 2: 5, 3: 4, 4: 1, 5: 6, 6: 4, 7: 3, 10: 1, 11: 1, 12: 4, 13: 6, 14: 4, 15: 6, 16: 18, 20: 2, 21: 1 },
  ...{ 24: 9, 26: 6 },
};

/** Parameters (table 23-4) that nobody has set. */
function standard({ machine, bmc }: Call, parameter: number): Buffer | null {
  const { identity } = machine;
  const { suites } = bmc.sessions.rules;
  switch (parameter) {
    case 1:
      return bytes(0);
    case 3:
      return bytes(...machine.address.split(".").map(Number));
    case 4:
      return bytes(1);
    case 5:
      return mac(identity.bmcMac);
    case 6:
      return bytes(255, 0, 0, 0);
    case 7:
      return bytes(64, 0x40, 0x10);
    case 8:
      return bytes(...word(bmc.port));
    case 13:
    case 15:
      return mac("02:00:00:00:00:01");
    case 16:
      return Buffer.concat([Buffer.from("public"), Buffer.alloc(12)]);
    case 22:
      return bytes(suites.length);
    case 23:
      return Buffer.concat([bytes(0, ...suites), Buffer.alloc(16 - suites.length)]);
    case 24:
      return bytes(0, 0x44, 0, 0, 0, 0, 0, 0, 0);
    default: {
      const size = SIZES[parameter];
      return size === undefined ? null : Buffer.alloc(size);
    }
  }
}

/** Get LAN Configuration Parameters (23.2). */
function get(call: Call): Result {
  const [selector = 0, parameter = 0] = call.data;
  if ((selector & 0x80) !== 0) return bytes(REVISION);
  const value = call.bmc.own.parameters.get(`lan ${parameter}`) ?? standard(call, parameter);
  return value === null ? CODES.parameterUnknown : Buffer.concat([bytes(REVISION), value]);
}

function set({ bmc, data }: Call): Result {
  const parameter = data[1] ?? 0xff;
  const size = SIZES[parameter];
  if (size === undefined) return CODES.parameterUnknown;
  if (data.length < 2 + size) return CODES.tooShort;
  bmc.own.parameters.set(`lan ${parameter}`, Buffer.from(data.subarray(2, 2 + size)));
  return OK;
}

export const LAN_COMMANDS: Commands = {
  "0c 01": { level: 4, run: set },
  "0c 02": { level: 2, run: get },
};
