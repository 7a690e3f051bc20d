/** Sensors as their records describe them (IPMI 2.0, 43.1 full and 43.2 compact), and raw values made units (36.3, 36.5). */
import type { SdrRecord } from "./sdr.ts";
import { SENSOR_UNITS } from "./sensor-units.ts";
import { codedText } from "./type-length.ts";

export type SensorKind = "fan" | "temperature" | "voltage" | "current" | "power" | "other";

/** y = L[(m * x + b * 10^bExponent) * 10^exponent] */
export interface Factors {
  readonly m: number;
  readonly b: number;
  readonly exponent: number;
  readonly bExponent: number;
}

export interface Sensor {
  readonly name: string;
  readonly number: number;
  readonly lun: number;
  /** Slave address of the controller that has it. */
  readonly owner: number;
  /** Table 42-3. */
  readonly type: number;
  readonly kind: SensorKind;
  /** Null: no analog value, only states. */
  readonly analog: Analog | null;
}

export interface Analog {
  readonly unit: string;
  readonly format: "unsigned" | "ones-complement" | "twos-complement";
  /** 0 to 11, or 70h and above: the BMC must be asked for the factors of each raw value. */
  readonly linearization: number;
  readonly factors: Factors;
}

const [FULL, COMPACT] = [0x01, 0x02];
/** Byte with type and length of the name, from 0, in each kind of record. */
const NAME_AT: Readonly<Record<number, number>> = { [FULL]: 47, [COMPACT]: 31 };
const FORMATS = ["unsigned", "ones-complement", "twos-complement"] as const;
const [WATTS, CELSIUS, FAHRENHEIT, KELVIN, VOLTS, AMPERES, RPM] = [6, 1, 2, 3, 4, 5, 18];
const UNIT_KINDS: Readonly<Record<number, SensorKind>> = {
  [WATTS]: "power",
  [CELSIUS]: "temperature",
  [FAHRENHEIT]: "temperature",
  [KELVIN]: "temperature",
  [VOLTS]: "voltage",
  [AMPERES]: "current",
  [RPM]: "fan",
};
const TYPE_KINDS: Readonly<Record<number, SensorKind>> = { 1: "temperature", 2: "voltage", 3: "current", 4: "fan" };
const MODIFIERS = ["", "/", "*"] as const;

/** Null: no sensor that can be read, or a record that is cut short. */
export function sensorOf({ type, bytes }: SdrRecord): Sensor | null {
  const nameAt = NAME_AT[type];
  if (nameAt === undefined || bytes.length <= nameAt) return null;
  const typeLength = bytes.readUInt8(nameAt);
  const unit = bytes.readUInt8(21);
  const sensorType = bytes.readUInt8(12);
  return {
    name: codedText(typeLength, bytes.subarray(nameAt + 1, nameAt + 1 + (typeLength & 0x1f))),
    owner: bytes.readUInt8(5),
    lun: bytes.readUInt8(6) & 3,
    number: bytes.readUInt8(7),
    type: sensorType,
    kind: UNIT_KINDS[unit] ?? TYPE_KINDS[sensorType] ?? "other",
    analog: type === FULL ? analogOf(bytes) : null,
  };
}

function analogOf(bytes: Buffer): Analog | null {
  const units = bytes.readUInt8(20);
  const format = FORMATS[units >> 6];
  if (format === undefined) return null;
  return {
    unit: unitText(units, bytes.readUInt8(21), bytes.readUInt8(22)),
    format,
    linearization: bytes.readUInt8(23) & 0x7f,
    factors: factorsOf(bytes.subarray(24, 30)),
  };
}

function unitText(units: number, base: number, modifier: number): string {
  const name = (code: number) => SENSOR_UNITS[code] ?? "unspecified";
  if ((units & 1) !== 0) return "percent";
  const by = MODIFIERS[(units >> 1) & 3];
  return by === undefined || by === "" ? name(base) : `${name(base)} ${by} ${name(modifier)}`;
}

/** The six bytes with M, B, accuracy and exponents: the same in records and in Get Sensor Reading Factors (35.5). */
export function factorsOf(bytes: Buffer): Factors {
  const [low, m, bLow, b, , exponents] = [...bytes];
  return {
    m: signed((low ?? 0) | (((m ?? 0) & 0xc0) << 2), 10),
    b: signed((bLow ?? 0) | (((b ?? 0) & 0xc0) << 2), 10),
    exponent: signed((exponents ?? 0) >> 4, 4),
    bExponent: signed((exponents ?? 0) & 0x0f, 4),
  };
}

function signed(value: number, bits: number): number {
  return value >= 1 << (bits - 1) ? value - (1 << bits) : value;
}

const LINEARIZATIONS: readonly ((x: number) => number)[] = [
  (x) => x,
  Math.log,
  Math.log10,
  Math.log2,
  Math.exp,
  (x) => 10 ** x,
  (x) => 2 ** x,
  (x) => 1 / x,
  (x) => x * x,
  (x) => x * x * x,
  Math.sqrt,
  Math.cbrt,
];

/** Null when the formula has no result, such as 1/x of 0. */
export function convert(raw: number, { format, linearization }: Analog, factors: Factors): number | null {
  const linear = LINEARIZATIONS[linearization] ?? LINEARIZATIONS[0];
  const x = numberOf(raw, format);
  const y = linear?.((factors.m * x + factors.b * 10 ** factors.bExponent) * 10 ** factors.exponent) ?? Number.NaN;
  return Number.isFinite(y) ? Number(y.toPrecision(12)) : null;
}

function numberOf(raw: number, format: Analog["format"]): number {
  if (format === "unsigned" || raw < 0x80) return raw;
  return format === "twos-complement" ? raw - 0x100 : -(0xff - raw);
}
