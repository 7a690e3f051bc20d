/** Readings over Redfish, in the old form (Thermal, Power) and the new one (Sensors): the bytes that IPMI shows too. */
import {
  ANALOG_SENSORS,
  type AnalogSensor,
  amountOf,
  crossed,
  rawReading,
  STATE_SENSORS,
  thresholdsOf,
} from "../../sensors.ts";
import { type At, type Body, collection, head, type Resource } from "../exchange.ts";
import { CHASSIS } from "./chassis.ts";

const SENSORS = `${CHASSIS}/Sensors`;
const KINDS = {
  temperature: ["Temperature", "Cel"],
  fan: ["Rotational", "RPM"],
  voltage: ["Voltage", "V"],
  current: ["Current", "A"],
  power: ["Power", "W"],
} as const;
const CRITICAL = 0b110110;

function idOf({ name }: { readonly name: string }): string {
  return name.replaceAll(" ", "_");
}

function reading({ machine }: At, sensor: AnalogSensor): number | null {
  const raw = rawReading(machine, sensor);
  return raw === null ? null : amountOf(sensor, raw);
}

function status(sensor: AnalogSensor, value: number | null): Body {
  if (value === null) return { State: "UnavailableOffline", Health: null };
  const over = crossed(value, thresholdsOf(sensor));
  return { State: "Enabled", Health: (over & CRITICAL) !== 0 ? "Critical" : over === 0 ? "OK" : "Warning" };
}

/** Limits in the old form; absent ones are left out. */
function limits(sensor: AnalogSensor): Body {
  const { lnc, lcr, lnr, unc, ucr, unr } = thresholdsOf(sensor);
  const all = {
    LowerThresholdNonCritical: lnc,
    LowerThresholdCritical: lcr,
    LowerThresholdFatal: lnr,
    UpperThresholdNonCritical: unc,
    UpperThresholdCritical: ucr,
    UpperThresholdFatal: unr,
  };
  const there = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return Object.fromEntries(there);
}

function members(at: At, list: string, kind: AnalogSensor["kind"], more: (value: number | null) => Body): Body[] {
  return ANALOG_SENSORS.filter((sensor) => sensor.kind === kind).map((sensor, index) => {
    const value = reading(at, sensor);
    return {
      "@odata.id": `${list}/${index}`,
      MemberId: String(index),
      Name: sensor.name,
      SensorNumber: sensor.number,
      PhysicalContext: sensor.context,
      Status: status(sensor, value),
      ...limits(sensor),
      ...more(value),
    };
  });
}

function thermal(at: At): Body {
  const path = `${CHASSIS}/Thermal`;
  return {
    ...head(path, "Thermal.v1_7_1.Thermal", "Thermal", "Thermal"),
    Temperatures: members(at, `${path}#/Temperatures`, "temperature", (value) => ({ ReadingCelsius: value })),
    Fans: members(at, `${path}#/Fans`, "fan", (value) => ({ Reading: value, ReadingUnits: "RPM" })),
  };
}

function power(at: At): Body {
  const path = `${CHASSIS}/Power`;
  const supplies = STATE_SENSORS.filter(({ name }) => name.startsWith("PSU"));
  const watts = ANALOG_SENSORS.find(({ kind }) => kind === "power");
  const used = watts === undefined ? null : reading(at, watts);
  return {
    ...head(path, "Power.v1_7_1.Power", "Power", "Power"),
    PowerControl: [
      {
        "@odata.id": `${path}#/PowerControl/0`,
        MemberId: "0",
        Name: "System Power Control",
        PowerConsumedWatts: used,
        PowerCapacityWatts: 1600,
        PowerLimit: { LimitInWatts: null },
        Status: { State: "Enabled", Health: "OK" },
      },
    ],
    Voltages: members(at, `${path}#/Voltages`, "voltage", (value) => ({ ReadingVolts: value })),
    PowerSupplies: supplies.map(({ name }, index) => ({
      "@odata.id": `${path}#/PowerSupplies/${index}`,
      MemberId: String(index),
      Name: name.replace(" Status", ""),
      PowerSupplyType: "AC",
      LineInputVoltage: 230,
      LineInputVoltageType: "ACMidLine",
      PowerCapacityWatts: 800,
      LastPowerOutputWatts: index === 0 ? used : 0,
      Manufacturer: "ferric",
      Model: "PS-800",
      SerialNumber: `P${at.machine.identity.serial}${index + 1}`,
      FirmwareVersion: "1.0",
      Status: { State: "Enabled", Health: "OK" },
    })),
  };
}

/** Sensor, in the new form. */
function sensor(at: At): Body | null {
  const found = ANALOG_SENSORS.find((item) => idOf(item) === at.params[0]);
  if (found === undefined) return null;
  const value = reading(at, found);
  const [type, units] = KINDS[found.kind];
  const { lnc, lcr, lnr, unc, ucr, unr } = thresholdsOf(found);
  const names = { LowerCaution: lnc, LowerCritical: lcr, LowerFatal: lnr };
  const upper = { UpperCaution: unc, UpperCritical: ucr, UpperFatal: unr };
  const there = Object.entries({ ...names, ...upper }).flatMap(([name, limit]) =>
    limit === undefined ? [] : [[name, { Reading: limit }] as const],
  );
  return {
    ...head(at.path, "Sensor.v1_8_0.Sensor", idOf(found), found.name),
    ReadingType: type,
    ReadingUnits: units,
    Reading: value,
    PhysicalContext: found.context,
    Status: status(found, value),
    Thresholds: Object.fromEntries(there),
  };
}

export const SENSOR_RESOURCES: readonly Resource[] = [
  { path: `${CHASSIS}/Thermal`, GET: thermal },
  { path: `${CHASSIS}/Power`, GET: power },
  { path: SENSORS, GET: ({ path }) => collection(path, "SensorCollection", "Sensors", ANALOG_SENSORS.map(idOf)) },
  { path: `${SENSORS}/{sensor}`, GET: sensor },
];
