/** The sensors of every simulated machine, as data: IPMI's records and Redfish's resources are made from it. */
import type { Machine } from "./machine.ts";

export interface AnalogSensor {
  readonly number: number;
  readonly name: string;
  readonly kind: "temperature" | "fan" | "voltage" | "current" | "power";
  /** Value for the raw byte n: n * step (IPMI: M and its exponent). */
  readonly m: number;
  readonly exponent: number;
  /** IPMI entity: id and instance (IPMI 2.0, table 43-13). */
  readonly entity: readonly [id: number, instance: number];
  /** While the machine runs, and while it is off; null: it does not measure then. */
  readonly running: number;
  readonly off: number | null;
  /** How far machines differ from each other. */
  readonly spread: number;
  readonly lower?: { readonly nonCritical: number; readonly critical: number; readonly fatal: number };
  readonly upper?: { readonly nonCritical: number; readonly critical: number; readonly fatal: number };
  /** What Redfish says it is about. */
  readonly context: string;
}

/** A sensor with states only. */
export interface StateSensor {
  readonly number: number;
  readonly name: string;
  /** IPMI sensor type (table 42-3); its offsets are the states. */
  readonly type: number;
  readonly entity: readonly [id: number, instance: number];
  /** Offsets that hold, as bits. */
  readonly states: number;
  /** Offsets there are, as bits. */
  readonly known: number;
}

const hot = (nonCritical: number) => ({ nonCritical, critical: nonCritical + 7, fatal: nonCritical + 12 });
const temperature = (number: number, name: string, entity: readonly [number, number], more: Partial<AnalogSensor>) => ({
  ...{ number, name, entity, kind: "temperature" as const, m: 1, exponent: 0, running: 40, off: 22, spread: 6 },
  ...{ upper: hot(80), context: "SystemBoard", ...more },
});
const fan = (number: number, name: string): AnalogSensor => ({
  ...{ number, name, kind: "fan", m: 100, exponent: 0, entity: [29, number - 15], running: 6400, off: null },
  ...{ spread: 1200, lower: { nonCritical: 1200, critical: 700, fatal: 500 }, context: "Chassis" },
});
const volt = (number: number, name: string, m: number, running: number): AnalogSensor => {
  const at = (share: number) => Math.round((running * share) / (m / 100)) * (m / 100);
  const [lower, upper] = [
    { nonCritical: at(0.92), critical: at(0.9), fatal: at(0.88) },
    { nonCritical: at(1.08), critical: at(1.1), fatal: at(1.12) },
  ];
  return {
    ...{ number, name, kind: "voltage", m, exponent: -2, entity: [7, 1], running, off: null, spread: 0 },
    ...{ lower, upper, context: "SystemBoard" },
  };
};

export const ANALOG_SENSORS: readonly AnalogSensor[] = [
  temperature(1, "CPU1 Temp", [3, 1], { upper: hot(88), context: "CPU" }),
  temperature(2, "CPU2 Temp", [3, 2], { upper: hot(88), context: "CPU" }),
  temperature(3, "Inlet Temp", [64, 1], { running: 23, off: 21, spread: 3, upper: hot(38), context: "Intake" }),
  temperature(4, "Exhaust Temp", [7, 1], { running: 35, upper: hot(68), context: "Exhaust" }),
  temperature(5, "DIMM Temp", [8, 1], { running: 36, upper: hot(78), context: "Memory" }),
  fan(16, "FAN1"),
  fan(17, "FAN2"),
  fan(18, "FAN3"),
  fan(19, "FAN4"),
  volt(32, "P12V", 6, 12),
  volt(33, "P5V", 3, 5.01),
  volt(34, "P3V3", 2, 3.3),
  volt(35, "VBAT", 2, 3.02),
  {
    ...{ number: 48, name: "PSU1 Input", kind: "power", m: 4, exponent: 0, entity: [10, 1] },
    ...{ running: 284, off: 16, spread: 60, upper: hot(800), context: "PowerSupply" },
  },
  {
    ...{ number: 49, name: "PSU1 Current", kind: "current", m: 2, exponent: -2, entity: [10, 1] },
    ...{ running: 1.24, off: 0.08, spread: 0.2, upper: { nonCritical: 4, critical: 4.5, fatal: 5 } },
    context: "PowerSupply",
  },
];

export const STATE_SENSORS: readonly StateSensor[] = [
  { number: 64, name: "PSU1 Status", type: 0x08, entity: [10, 1], states: 1, known: 0x0f },
  { number: 65, name: "PSU2 Status", type: 0x08, entity: [10, 2], states: 1, known: 0x0f },
  { number: 66, name: "Intrusion", type: 0x05, entity: [23, 1], states: 0, known: 0x01 },
  { number: 67, name: "Watchdog", type: 0x23, entity: [6, 1], states: 0, known: 0x0f },
];

export type Thresholds = Partial<Record<"lnc" | "lcr" | "lnr" | "unc" | "ucr" | "unr", number>>;

export function stepOf({ m, exponent }: AnalogSensor): number {
  return m * 10 ** exponent;
}

export function rawOf(sensor: AnalogSensor, value: number): number {
  return Math.min(255, Math.max(0, Math.round(value / stepOf(sensor))));
}

/** In the sensor's unit, without the noise of binary fractions. */
export function amountOf(sensor: AnalogSensor, raw: number): number {
  return Number((raw * stepOf(sensor)).toFixed(4));
}

/** The byte the machine's sensor shows now, or null when it does not measure. Both faces tell this one. */
export function rawReading(machine: Machine, sensor: AnalogSensor): number | null {
  const told = machine.told(sensor.name);
  if (told !== undefined) return told === null ? null : rawOf(sensor, told);
  const base = machine.isOn ? sensor.running : sensor.off;
  if (base === null) return null;
  // Machines of a row are not all the same, and each is the same in each run.
  const share = ((machine.index * 31 + sensor.number * 17) % 97) / 97;
  return rawOf(sensor, base + sensor.spread * share);
}

export function thresholdsOf({ lower, upper }: AnalogSensor): Thresholds {
  return {
    ...(lower === undefined ? {} : { lnc: lower.nonCritical, lcr: lower.critical, lnr: lower.fatal }),
    ...(upper === undefined ? {} : { unc: upper.nonCritical, ucr: upper.critical, unr: upper.fatal }),
  };
}

/** Bits as IPMI's Get Sensor Reading has them: LNC, LCR, LNR, UNC, UCR, UNR. */
export function crossed(value: number, { lnc, lcr, lnr, unc, ucr, unr }: Thresholds): number {
  const below = (limit: number | undefined, bit: number) => (limit !== undefined && value <= limit ? bit : 0);
  const above = (limit: number | undefined, bit: number) => (limit !== undefined && value >= limit ? bit : 0);
  return below(lnc, 1) | below(lcr, 2) | below(lnr, 4) | above(unc, 8) | above(ucr, 16) | above(unr, 32);
}
