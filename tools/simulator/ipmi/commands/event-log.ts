/** The system event log (IPMI 2.0, 31), and events that somebody else reports (29.3). */
import { bytes, type Call, CODES, type Commands, OK, type Result, stamp, word } from "../command.ts";

const LAST = 0xffff;
const VERSION = 0x51;
/** Reserve and delete are there; no overflow. */
const OPERATIONS = 0x0a;
const ERASED = 1;
const ERASE = 0xaa;
const NEVER = 0xffffffff;

function info({ machine }: Call): Result {
  const { entries, free, addedAt, erasedAt } = machine.log;
  const head = bytes(VERSION, ...word(entries.length), ...word(free * 16));
  return Buffer.concat([head, stamp(addedAt === 0 ? NEVER : addedAt), stamp(erasedAt), bytes(OPERATIONS)]);
}

function allocation({ machine }: Call): Result {
  const { entries, free } = machine.log;
  return bytes(...word(entries.length + free), ...word(16), ...word(free), ...word(free), 1);
}

function reserve({ bmc }: Call): Result {
  bmc.own.reservation = (bmc.own.reservation % LAST) + 1;
  return bytes(...word(bmc.own.reservation));
}

/** Get SEL Entry (31.5): 0000h the first, FFFFh the last. */
function entry({ machine, data }: Call): Result {
  if (data.length < 6) return CODES.tooShort;
  const { entries } = machine.log;
  const [id, offset, asked] = [data.readUInt16LE(2), data[4] ?? 0, data[5] ?? 0];
  const at = id === 0 ? 0 : id === LAST ? entries.length - 1 : entries.findIndex((item) => item.readUInt16LE(0) === id);
  const found = entries[at];
  if (found === undefined) return CODES.notThere;
  const next = entries[at + 1]?.readUInt16LE(0) ?? LAST;
  return Buffer.concat([bytes(...word(next)), found.subarray(offset, asked === 0xff ? 16 : offset + asked)]);
}

function clock({ machine, bmc }: Call): number {
  return machine.world.seconds + bmc.own.clockOffset;
}

function add(call: Call): Result {
  if (call.data.length < 16) return CODES.tooShort;
  const id = call.machine.log.addRaw(call.data.subarray(0, 16), clock(call));
  return id === 0 ? CODES.outOfSpace : bytes(...word(id));
}

/** Delete SEL Entry (31.8). */
function remove({ machine, data }: Call): Result {
  if (data.length < 4) return CODES.tooShort;
  const id = data.readUInt16LE(2);
  return machine.log.remove(id) ? bytes(...word(id)) : CODES.notThere;
}

/** Clear SEL (31.9): "CLR", and whether to begin or to tell how far it is. */
function clear(call: Call): Result {
  const { data, machine } = call;
  if (data.length < 6) return CODES.tooShort;
  if (data.toString("latin1", 2, 5) !== "CLR") return CODES.invalid;
  if (data[5] === ERASE) {
    machine.log.clear(clock(call));
    // Event log cleared: a machine says so in its own log.
    machine.log.add({ sensorType: 0x10, sensor: 0, type: 0x6f, data: [2, 0xff, 0xff] }, clock(call));
  }
  return bytes(ERASED);
}

function setTime({ machine, bmc, data }: Call): Result {
  if (data.length < 4) return CODES.tooShort;
  bmc.own.clockOffset = data.readUInt32LE(0) - machine.world.seconds;
  return OK;
}

/** Platform Event: revision, sensor type, sensor, event type, three bytes of data. */
function platformEvent(call: Call): Result {
  const { data, machine } = call;
  if (data.length < 5) return CODES.tooShort;
  const [, sensorType = 0, sensor = 0, type = 0, first = 0, second = 0xff, third = 0xff] = data;
  machine.log.add({ sensorType, sensor, type, data: [first, second, third] }, clock(call));
  return OK;
}

export const EVENT_LOG_COMMANDS: Commands = {
  "04 02": { level: 3, run: platformEvent },
  "0a 40": { level: 2, run: info },
  "0a 41": { level: 2, run: allocation },
  "0a 42": { level: 2, run: reserve },
  "0a 43": { level: 2, run: entry },
  "0a 44": { level: 3, run: add },
  "0a 46": { level: 3, run: remove },
  "0a 47": { level: 3, run: clear },
  "0a 48": { level: 2, run: (call) => stamp(clock(call)) },
  "0a 49": { level: 3, run: setTime },
  // Get SEL Time UTC Offset: minutes.
  "0a 5c": { level: 2, run: () => bytes(0, 0) },
};
