/** Readings of all sensors of a machine (IPMI 2.0, 35.5 and 35.14). */
import type { Send } from "./client.ts";
import { COMMANDS } from "./commands.ts";
import { IpmiError, malformed } from "./ipmi-error.ts";
import { walkSdr } from "./sdr.ts";
import { convert, factorsOf, type Sensor, type SensorKind, sensorOf } from "./sensor-record.ts";

export interface SensorReading {
  readonly name: string;
  readonly number: number;
  readonly kind: SensorKind;
  /** Null: the sensor has no value now, or only states. */
  readonly value: number | null;
  /** Such as "degrees C"; null for sensors with states only. */
  readonly unit: string | null;
  /** By the BMC's own thresholds; "unavailable": it does not measure now. */
  readonly status: "ok" | "non-critical" | "critical" | "non-recoverable" | "unavailable";
  /** Bits of the states that hold, for sensors with states only (table 42-2, 42-3). */
  readonly states: number;
}

const BMC = 0x20;
const NON_LINEAR = 0x70;
const UNAVAILABLE = 0x20;
const SCANNING = 0x40;
/** Reading not possible now, not present, illegal for this sensor, not in this state (table 5-2). */
const NO_READING: readonly number[] = [0xcb, 0xcd, 0xce, 0xd5];

/** The sensors to read, from the repository. They change with the hardware only: keep them for `readSensors`. */
export async function findSensors(send: Send): Promise<readonly Sensor[]> {
  const records = await walkSdr(send);
  // Those of other controllers are read over a bridge, from the controller's own sender.
  return records.flatMap((record) => sensorOf(record) ?? []).filter((sensor) => sensor.owner === BMC);
}

/** One reading each, in order. @throws IpmiError */
export async function readSensors(send: Send, sensors: readonly Sensor[]): Promise<readonly SensorReading[]> {
  const readings: SensorReading[] = [];
  for (const sensor of sensors) readings.push(await readSensor(send, sensor));
  return readings;
}

export async function readSensor(send: Send, sensor: Sensor): Promise<SensorReading> {
  const { name, number, kind, analog } = sensor;
  const unavailable = { name, number, kind, value: null, unit: analog?.unit ?? null, states: 0 } as const;
  const data = await rawReading(send, sensor);
  if (data === null) return { ...unavailable, status: "unavailable" };
  const [raw, flags, low = 0, high = 0] = [data.readUInt8(0), data.readUInt8(1), data[2], data[3]];
  if ((flags & UNAVAILABLE) !== 0 || (flags & SCANNING) === 0) return { ...unavailable, status: "unavailable" };
  if (analog === null) return { ...unavailable, status: "ok", states: low | ((high & 0x7f) << 8) };
  const factors = analog.linearization >= NON_LINEAR ? await factorsAt(send, sensor, raw) : analog.factors;
  return { ...unavailable, value: convert(raw, analog, factors), status: statusOf(low) };
}

async function rawReading(send: Send, { number, lun }: Sensor): Promise<Buffer | null> {
  try {
    const data = await send({ ...COMMANDS.getSensorReading, lun, data: Buffer.from([number]) });
    if (data.length < 2) throw malformed(COMMANDS.getSensorReading.name, "the answer is cut short");
    return data;
  } catch (error) {
    if (error instanceof IpmiError && error.code !== null && NO_READING.includes(error.code)) return null;
    throw error;
  }
}

async function factorsAt(send: Send, { number, lun }: Sensor, raw: number) {
  const data = await send({ ...COMMANDS.getReadingFactors, lun, data: Buffer.from([number, raw]) });
  if (data.length < 7) throw malformed(COMMANDS.getReadingFactors.name, "the answer is cut short");
  return factorsOf(data.subarray(1));
}

/** Bits 5 to 0: at or beyond non-recoverable, critical, non-critical, upper then lower (35.14). */
function statusOf(thresholds: number): SensorReading["status"] {
  if ((thresholds & 0x24) !== 0) return "non-recoverable";
  if ((thresholds & 0x12) !== 0) return "critical";
  return (thresholds & 0x09) !== 0 ? "non-critical" : "ok";
}
