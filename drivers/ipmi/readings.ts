/** Readings in the words that all families share: units, kinds, and names that are unique on a machine. */
import type { SensorKind, SensorReading } from "../../common/sensors.ts";

/** IPMI's own words (IPMI 2.0, table 43-15), where the common ones differ. */
const UNITS: Readonly<Record<string, string>> = {
  "degrees C": "Celsius",
  "degrees F": "Fahrenheit",
  "degrees K": "Kelvin",
};
const KINDS: Readonly<Record<string, SensorKind>> = {
  Celsius: "temperature",
  Fahrenheit: "temperature",
  Kelvin: "temperature",
  RPM: "fan",
  Volts: "voltage",
  Amps: "current",
  Watts: "power",
};

export function commonUnit(unit: string | null): string | null {
  return unit === null ? null : (UNITS[unit] ?? unit);
}

/** Where nothing but the unit is known. */
export function kindOf(unit: string | null): SensorKind {
  return (unit === null ? undefined : KINDS[unit]) ?? "other";
}

/** A machine may have two "Temp": the second becomes "Temp 2", in the order of its records. */
export function uniquelyNamed(readings: readonly SensorReading[]): readonly SensorReading[] {
  const taken = new Set<string>();
  return readings.map((reading) => {
    let name = reading.name;
    for (let count = 2; taken.has(name); count++) name = `${reading.name} ${count}`;
    taken.add(name);
    return name === reading.name ? reading : { ...reading, name };
  });
}
