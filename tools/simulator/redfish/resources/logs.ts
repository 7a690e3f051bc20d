/** The machine's event log over Redfish: the entries that IPMI's SEL holds. */
import { type At, type Body, collection, DONE, GOOD, head, link, type Resource } from "../exchange.ts";
import { SYSTEM } from "./systems.ts";

const LOG = `${SYSTEM}/LogServices/SEL`;
const SENSOR_TYPES: Readonly<Record<number, string>> = {
  1: "Temperature",
  2: "Voltage",
  4: "Fan",
  8: "Power Supply / Converter",
  16: "Event Logging Disabled",
};

function entryBody(entry: Buffer): Body {
  const id = String(entry.readUInt16LE(0));
  const [sensorType, sensor, type] = [entry.readUInt8(10), entry.readUInt8(11), entry.readUInt8(12)];
  const data = entry.toString("hex", 13, 16);
  return {
    ...head(`${LOG}/Entries/${id}`, "LogEntry.v1_15_0.LogEntry", id, `Log Entry ${id}`),
    EntryType: "SEL",
    Severity: (type & 0x7f) === 1 ? "Warning" : "OK",
    Created: new Date(entry.readUInt32LE(3) * 1000).toISOString(),
    EntryCode: (type & 0x80) === 0 ? "Assert" : "Deassert",
    SensorType: SENSOR_TYPES[sensorType] ?? "Other",
    SensorNumber: sensor,
    MessageId: `0x${data}`,
    Message: `Sensor ${sensor}: event ${data}`,
  };
}

function entryAt({ machine, params: [id = ""] }: At): Body | null {
  const found = machine.log.entries.find((entry) => String(entry.readUInt16LE(0)) === id);
  return found === undefined ? null : entryBody(found);
}

export const LOG_RESOURCES: readonly Resource[] = [
  {
    path: `${SYSTEM}/LogServices`,
    GET: ({ path }) => collection(path, "LogServiceCollection", "Log Service Collection", ["SEL"]),
  },
  {
    path: LOG,
    GET: ({ path, state }) => ({
      ...head(path, "LogService.v1_5_0.LogService", "SEL", "System Event Log"),
      DateTime: state.time,
      MaxNumberOfRecords: 512,
      OverWritePolicy: "NeverOverWrites",
      LogEntryType: "SEL",
      ServiceEnabled: true,
      Status: GOOD,
      Entries: link(`${LOG}/Entries`),
      Actions: { "#LogService.ClearLog": { target: `${LOG}/Actions/LogService.ClearLog` } },
    }),
  },
  {
    path: `${LOG}/Entries`,
    GET: ({ path, machine }) => {
      const ids = machine.log.entries.map((entry) => String(entry.readUInt16LE(0)));
      const shown = collection(path, "LogEntryCollection", "Log Entries", ids);
      return { ...shown, Members: machine.log.entries.map(entryBody) };
    },
  },
  { path: `${LOG}/Entries/{entry}`, GET: entryAt },
  {
    path: `${LOG}/Actions/LogService.ClearLog`,
    POST: ({ machine }) => {
      machine.log.clear(machine.world.seconds);
      return DONE;
    },
  },
];
