/** Sensor data records (IPMI 2.0, 43) of the machine model: made once for all machines, since all are of one model. */
import { ANALOG_SENSORS, type AnalogSensor, rawOf, STATE_SENSORS, type StateSensor, thresholdsOf } from "../sensors.ts";
import { word } from "./command.ts";

const VERSION = 0x51;
const BMC_ADDRESS = 0x20;
const [FULL, COMPACT, FRU_LOCATOR, MC_LOCATOR] = [1, 2, 0x11, 0x12];
const TYPES = { temperature: 1, voltage: 2, current: 3, fan: 4, power: 0x0b } as const;
/** Units (table 43-15). */
const UNITS = { temperature: 1, voltage: 4, current: 5, fan: 18, power: 6 } as const;
const THRESHOLD = 1;
const SENSOR_SPECIFIC = 0x6f;
const THRESHOLDS = ["lnc", "lcr", "lnr", "unc", "ucr", "unr"] as const;

/** Bits of the thresholds that there are, and their six bytes as Get Sensor Thresholds has them. */
export function thresholdBytes(sensor: AnalogSensor): Buffer {
  const limits = thresholdsOf(sensor);
  const mask = THRESHOLDS.reduce((bits, name, at) => (limits[name] === undefined ? bits : bits | (1 << at)), 0);
  return Buffer.from([mask, ...THRESHOLDS.map((name) => rawOf(sensor, limits[name] ?? 0))]);
}

function record(id: number, type: number, body: readonly number[]): Buffer {
  return Buffer.from([...word(id), VERSION, type, body.length, ...body]);
}

function nameBytes(name: string): readonly number[] {
  return [0xc0 | name.length, ...Buffer.from(name, "latin1")];
}

/** Full sensor record (43.1). */
function full(id: number, sensor: AnalogSensor): Buffer {
  const [mask = 0, lnc = 0, lcr = 0, lnr = 0, unc = 0, ucr = 0, unr = 0] = thresholdBytes(sensor);
  const exponent = (sensor.exponent & 15) << 4;
  const nominal = rawOf(sensor, sensor.running);
  // Lower thresholds are events when going low, upper ones when going high (table 42-2).
  const events = [0, 2, 4, 7, 9, 11].reduce((bits, bit, at) => ((mask >> at) & 1 ? bits | (1 << bit) : bits), 0);
  return record(id, FULL, [
    ...[BMC_ADDRESS, 0, sensor.number, ...sensor.entity],
    ...[0x7f, 0x58, TYPES[sensor.kind], THRESHOLD],
    ...[...word(events | ((mask & 7) << 12)), ...word(events | (((mask >> 3) & 7) << 12)), mask, mask],
    ...[0, UNITS[sensor.kind], 0, 0, sensor.m, 0, 0, 0, 0, exponent, 7],
    ...[nominal, Math.min(255, nominal + 20), Math.max(0, nominal - 20), 255, 0],
    ...[unr, ucr, unc, lnr, lcr, lnc, 1, 1, 0, 0, 0],
    ...nameBytes(sensor.name),
  ]);
}

/** Compact sensor record (43.2). */
function compact(id: number, sensor: StateSensor): Buffer {
  return record(id, COMPACT, [
    ...[BMC_ADDRESS, 0, sensor.number, ...sensor.entity],
    ...[0x67, 0x40, sensor.type, SENSOR_SPECIFIC],
    ...[...word(sensor.known), ...word(sensor.known), ...word(sensor.known)],
    ...[0xc0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0],
    ...nameBytes(sensor.name),
  ]);
}

/** FRU device locator (43.8): the one behind the BMC. */
function fru(id: number): Buffer {
  return record(id, FRU_LOCATOR, [BMC_ADDRESS, 0, 0x80, 0, 0, 0x10, 0, 7, 1, 0, ...nameBytes("Mainboard")]);
}

/** Management controller locator (43.9). */
function controller(id: number): Buffer {
  return record(id, MC_LOCATOR, [BMC_ADDRESS, 0, 0, 0xbf, 0, 0, 0, 6, 1, 0, ...nameBytes("BMC")]);
}

type Make = (id: number) => Buffer;

const MAKERS: readonly Make[] = [
  ...ANALOG_SENSORS.map(
    (sensor): Make =>
      (id) =>
        full(id, sensor),
  ),
  ...STATE_SENSORS.map(
    (sensor): Make =>
      (id) =>
        compact(id, sensor),
  ),
  fru,
  controller,
];

/** In the order of the repository; the first has id 1. */
export const SDR_RECORDS: readonly Buffer[] = MAKERS.map((make, at) => make(at + 1));
