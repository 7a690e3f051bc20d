/** Sensors (IPMI 2.0, 35) and the repository of their records (33). */
import { ANALOG_SENSORS, type AnalogSensor, amountOf, crossed, rawReading, STATE_SENSORS } from "../../sensors.ts";
import { bytes, type Call, CODES, type Commands, OK, type Result, stamp, word } from "../command.ts";
import { SDR_RECORDS, thresholdBytes } from "../sdr-records.ts";

const LAST = 0xffff;
/** Bytes that one answer carries at most: real BMCs have small buffers, and clients must cope. */
const MOST_BYTES = 64;
const SENSOR_SPECIFIC = 0x6f;
const ANALOG = new Map(ANALOG_SENSORS.map((sensor) => [sensor.number, sensor]));
const STATES = new Map(STATE_SENSORS.map((sensor) => [sensor.number, sensor]));
const TYPES = { temperature: 1, voltage: 2, current: 3, fan: 4, power: 0x0b } as const;

function reserve({ bmc }: Call): Result {
  bmc.own.reservation = (bmc.own.reservation % LAST) + 1;
  return bytes(...word(bmc.own.reservation));
}

function repositoryInfo(): Result {
  return Buffer.concat([bytes(0x51, ...word(SDR_RECORDS.length), ...word(LAST - 1)), stamp(0), stamp(0), bytes(0x22)]);
}

/** Get SDR (33.12): reservation, record, offset, bytes to read (FFh: all). */
function getSdr({ bmc, data }: Call): Result {
  if (data.length < 6) return CODES.tooShort;
  const [reservation, id, offset, asked] = [data.readUInt16LE(0), data.readUInt16LE(2), data[4] ?? 0, data[5] ?? 0];
  if (offset > 0 && reservation !== bmc.own.reservation) return CODES.badReservation;
  const at = id === 0 ? 0 : id === LAST ? SDR_RECORDS.length - 1 : id - 1;
  const record = SDR_RECORDS[at];
  if (record === undefined) return CODES.notThere;
  const size = asked === 0xff ? record.length - offset : asked;
  if (size > MOST_BYTES) return CODES.tooLong;
  if (offset >= record.length) return CODES.outOfRange;
  const next = at + 1 < SDR_RECORDS.length ? at + 2 : LAST;
  return Buffer.concat([bytes(...word(next)), record.subarray(offset, offset + size)]);
}

/** Get Sensor Reading (35.14). */
function reading({ machine, bmc, data }: Call): Result {
  const analog = ANALOG.get(data[0] ?? 0);
  if (analog === undefined) return stateReading(data[0] ?? 0);
  const raw = rawReading(machine, analog);
  if (raw === null) return bytes(0, 0xe0, 0xc0);
  return bytes(raw, 0xc0, 0xc0 | crossed(amountOf(analog, raw), limitsOf(analog, bmc.own.thresholds)));
}

function stateReading(number: number): Result {
  const sensor = STATES.get(number);
  if (sensor === undefined) return CODES.notThere;
  return bytes(0, 0xc0, ...word(sensor.states | 0x8000));
}

function limitsOf(sensor: AnalogSensor, changed: ReadonlyMap<number, Buffer>) {
  const kept = changed.get(sensor.number) ?? thresholdBytes(sensor);
  const mask = kept[0] ?? 0;
  const limit = (at: number) => ((mask >> at) & 1 ? { value: amountOf(sensor, kept[at + 1] ?? 0) } : undefined);
  const names = ["lnc", "lcr", "lnr", "unc", "ucr", "unr"] as const;
  return Object.fromEntries(names.flatMap((name, at) => (limit(at) === undefined ? [] : [[name, limit(at)?.value]])));
}

function getThresholds({ bmc, data }: Call): Result {
  const sensor = ANALOG.get(data[0] ?? 0);
  if (sensor === undefined) return STATES.has(data[0] ?? 0) ? CODES.invalid : CODES.notThere;
  return bmc.own.thresholds.get(sensor.number) ?? thresholdBytes(sensor);
}

/** Set Sensor Thresholds (35.8): which of the six are set, and their bytes. */
function setThresholds({ bmc, data }: Call): Result {
  const sensor = ANALOG.get(data[0] ?? 0);
  if (data.length < 8) return CODES.tooShort;
  if (sensor === undefined) return CODES.notThere;
  const kept = Buffer.from(bmc.own.thresholds.get(sensor.number) ?? thresholdBytes(sensor));
  const mask = data[1] ?? 0;
  if ((mask & ~(kept[0] ?? 0)) !== 0) return CODES.invalid;
  for (let at = 0; at < 6; at++) if ((mask >> at) & 1) kept[at + 1] = data[at + 2] ?? 0;
  bmc.own.thresholds.set(sensor.number, kept);
  return OK;
}

/** Get Sensor Type (35.16). */
function sensorType({ data }: Call): Result {
  const [analog, state] = [ANALOG.get(data[0] ?? 0), STATES.get(data[0] ?? 0)];
  if (analog !== undefined) return bytes(TYPES[analog.kind], 1);
  return state === undefined ? CODES.notThere : bytes(state.type, SENSOR_SPECIFIC);
}

function eventEnable({ data }: Call): Result {
  const isKnown = ANALOG.has(data[0] ?? 0) || STATES.has(data[0] ?? 0);
  return isKnown ? bytes(0xc0, 0, 0, 0, 0) : CODES.notThere;
}

export const SENSOR_COMMANDS: Commands = {
  "04 25": { level: 2, run: ({ data }) => (ANALOG.has(data[0] ?? 0) ? bytes(1, 1) : CODES.notThere) },
  "04 26": { level: 3, run: setThresholds },
  "04 27": { level: 2, run: getThresholds },
  "04 28": { level: 3, run: () => OK },
  "04 29": { level: 2, run: eventEnable },
  "04 2b": { level: 2, run: (call) => (typeof eventEnable(call) === "number" ? CODES.notThere : bytes(0xc0)) },
  "04 2d": { level: 2, run: reading },
  "04 2f": { level: 2, run: sensorType },
  "0a 20": { level: 2, run: repositoryInfo },
  "0a 22": { level: 2, run: reserve },
  "0a 23": { level: 2, run: getSdr },
  // Get SDR Repository Time: of the log's clock.
  "0a 28": { level: 2, run: ({ machine, bmc }) => stamp(machine.world.seconds + bmc.own.clockOffset) },
};
