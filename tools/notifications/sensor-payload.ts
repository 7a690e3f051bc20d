/** Readings of a machine as consumers of Ironic's sensor notifications read them: by kind, then by sensor. */
import type { JsonObject } from "../../common/json.ts";
import type { NodeReadings } from "../../common/sensor-board.ts";
import type { SensorKind, SensorReading } from "../../common/sensors.ts";

const KINDS: Readonly<Record<SensorKind, string>> = {
  temperature: "Temperature",
  fan: "Fan",
  voltage: "Voltage",
  current: "Current",
  power: "Power",
  other: "Other",
};
/** As ipmitool writes them, which those who read these notifications expect. */
const UNITS: Readonly<Record<string, string>> = { Celsius: "degrees C" };

export function sensorPayload(
  { node, name, instance }: Pick<NodeReadings, "node" | "name" | "instance">,
  sensors: readonly SensorReading[],
  event: string,
  now: Date,
): JsonObject {
  const byKind: Record<string, Record<string, JsonObject>> = {};
  for (const sensor of sensors) {
    const kind = KINDS[sensor.kind];
    byKind[kind] = { ...byKind[kind], [sensor.name]: shown(sensor) };
  }
  return {
    message_id: crypto.randomUUID(),
    instance_uuid: instance,
    node_uuid: node,
    node_name: name,
    timestamp: now.toISOString(),
    event_type: `${event}.update`,
    payload: byKind,
  };
}

function shown({ name, value, unit, status }: SensorReading): JsonObject {
  const reading = value === null ? "No Reading" : `${value} ${UNITS[unit ?? ""] ?? unit ?? ""}`.trim();
  return { "Sensor ID": name, "Sensor Reading": reading, Status: status };
}
