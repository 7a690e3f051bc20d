/** One shape for what a machine measures, whether it was read by IPMI, by Redfish or by SNMP. */

export const SENSOR_KINDS = ["fan", "temperature", "current", "voltage", "power", "other"] as const;
export type SensorKind = (typeof SENSOR_KINDS)[number];

/** By the machine's own thresholds; "unavailable": it does not measure now. */
export const SENSOR_STATUSES = ["ok", "non-critical", "critical", "non-recoverable", "unavailable"] as const;
export type SensorStatus = (typeof SENSOR_STATUSES)[number];

export interface SensorReading {
  /** Unique on its machine, stable between readings: what the machine itself calls it. */
  readonly name: string;
  readonly kind: SensorKind;
  /** In `unit`; null when it has no value now, or only states. */
  readonly value: number | null;
  /** "Celsius", "RPM", "percent", "Volts", "Amps", "Watts"; null for sensors with states only. */
  readonly unit: string | null;
  readonly status: SensorStatus;
}
