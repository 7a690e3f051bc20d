/** [sensor_data] */
import { boolean, integer, list } from "../option.ts";

export const sensorData = {
  send_sensor_data: boolean(
    false,
    "Read the sensors of machines, and hosts over SNMP, for metrics ([prometheus]) and notifications.",
  ),
  interval: integer(600, "Seconds between passes.", { min: 1 }),
  workers: integer(4, "Machines read at once.", { min: 1 }),
  wait_timeout: integer(300, "Seconds a pass may take; what has not been read by then waits for the next one.", {
    min: 1,
  }),
  enable_for_undeployed_nodes: boolean(false, "Read nodes without an instance too."),
  enable_for_nodes: boolean(true, "Read the machines of nodes."),
  data_types: list(["ALL"], "Kinds of sensors to keep: Temperature, Fan, Voltage, Current, Power, or ALL."),
} as const;
