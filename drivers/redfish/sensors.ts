/**
 * What a machine measures, by Redfish: the Sensor resources of its chassis, else Thermal and Power of the older schemas.
 * Sources: DSP2046, Sensor, ThermalSubsystem, Thermal and Power.
 */
import type { SensorKind, SensorReading, SensorStatus } from "../../common/sensors.ts";
import type { Fields } from "./client/fields.ts";
import type { Resource } from "./client/resource.ts";
import type { System } from "./client/system.ts";

interface Measure {
  readonly kind: SensorKind;
  readonly unit: string | null;
}

/** By ReadingType (DSP2046, Sensor). */
const READING_TYPES: Readonly<Record<string, Measure>> = {
  Temperature: { kind: "temperature", unit: "Celsius" },
  Rotational: { kind: "fan", unit: "RPM" },
  Voltage: { kind: "voltage", unit: "Volts" },
  Current: { kind: "current", unit: "Amps" },
  Power: { kind: "power", unit: "Watts" },
  Percent: { kind: "other", unit: "percent" },
};
/** Units as Redfish writes them (UCUM), where ours have other names. */
const UNITS: Readonly<Record<string, string>> = {
  Cel: "Celsius",
  "%": "percent",
  Percent: "percent",
  V: "Volts",
  A: "Amps",
  W: "Watts",
  "{rev}/min": "RPM",
  RPM: "RPM",
};
const HEALTH: Readonly<Record<string, SensorStatus>> = { OK: "ok", Warning: "non-critical", Critical: "critical" };

/** @throws RedfishError */
export async function sensorsOf(system: System): Promise<readonly SensorReading[]> {
  const readings: SensorReading[] = [];
  for (const chassis of await system.chassis()) {
    const sensors = await chassis.members("Sensors");
    readings.push(...(sensors.length > 0 ? sensors.map(fromSensor) : await fromOldSchemas(chassis)));
  }
  return withUniqueNames(readings);
}

function fromSensor(sensor: Resource): SensorReading {
  const type = sensor.text("ReadingType") ?? "";
  const unit = sensor.text("ReadingUnits");
  const known = READING_TYPES[type];
  const isFan = /fan/i.test(sensor.text("PhysicalContext") ?? "") && type === "Percent";
  return {
    name: sensor.title,
    kind: isFan ? "fan" : (known?.kind ?? "other"),
    value: sensor.number("Reading"),
    unit: (unit === null ? null : (UNITS[unit] ?? unit)) ?? known?.unit ?? null,
    status: statusOf(sensor, sensor.number("Reading")),
  };
}

async function fromOldSchemas(chassis: Resource): Promise<readonly SensorReading[]> {
  const thermal = await chassis.follow("Thermal");
  const power = await chassis.follow("Power");
  const all = (from: Resource | null, list: string) => from?.objects(list) ?? [];
  return [
    ...all(thermal, "Temperatures").map((one) => reading(one, "temperature", "Celsius", "ReadingCelsius")),
    ...all(thermal, "Fans").map(fromFan),
    ...all(power, "Voltages").map((one) => reading(one, "voltage", "Volts", "ReadingVolts")),
    ...all(power, "PowerControl").map((one) => reading(one, "power", "Watts", "PowerConsumedWatts")),
    ...all(power, "PowerSupplies").map((one) => reading(one, "power", "Watts", supplyField(one))),
  ];
}

/** Speeds in RPM or in percent; older ones say neither and name the fan by FanName. */
function fromFan(fan: Fields): SensorReading {
  const field = fan.has("Reading") ? "Reading" : "ReadingRPM";
  const unit = fan.text("ReadingUnits");
  return reading(fan, "fan", unit === null ? "RPM" : (UNITS[unit] ?? unit), field);
}

const supplyField = (supply: Fields): string =>
  ["PowerInputWatts", "PowerOutputWatts", "LastPowerOutputWatts"].find((field) => supply.has(field)) ??
  "PowerInputWatts";

function reading(one: Fields, kind: SensorKind, unit: string, field: string): SensorReading {
  const value = one.number(field);
  const name = one.text("Name") ?? one.text("FanName") ?? one.text("MemberId") ?? kind;
  return { name, kind, value, unit, status: statusOf(one, value) };
}

/** The machine's own judgement; what is absent or disabled measures nothing. */
function statusOf(one: Fields, value: number | null): SensorStatus {
  const status = one.object("Status");
  const state = status.text("State");
  if (state !== null && state !== "Enabled" && value === null) return "unavailable";
  const health = HEALTH[status.text("Health") ?? ""];
  if (health !== undefined) return health;
  return value === null ? "unavailable" : "ok";
}

/** Machines call several fans "Fan": they are told apart by number, in the machine's order. */
function withUniqueNames(readings: readonly SensorReading[]): readonly SensorReading[] {
  const seen = new Map<string, number>();
  return readings.map((one) => {
    const times = (seen.get(one.name) ?? 0) + 1;
    seen.set(one.name, times);
    return times === 1 ? one : { ...one, name: `${one.name} (${times})` };
  });
}
