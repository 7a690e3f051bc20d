/**
 * Load, processors, memory, swap, disks and interfaces of a running system, from its SNMP agent. What an agent does not
 * have is left out: not each has the tables of net-snmp (UCD).
 */
import type { HostMetricName, HostReading } from "../../../common/host-metrics.ts";
import type { SnmpSession, SnmpValue } from "../client/session.ts";
import { COLUMNS, OIDS, STORAGE } from "./oids.ts";

type Table = ReadonlyMap<string, SnmpValue>;

/** Disks and interfaces of one machine, each. */
const MOST_ROWS = 256;
const KIB = 1024;

/** @throws SnmpError, the signal's reason */
export async function readHost(session: SnmpSession): Promise<readonly HostReading[]> {
  const scalars = await session.get(Object.values(OIDS));
  const processors = await session.walk(COLUMNS.processorLoad, MOST_ROWS);
  return [
    ...loads(scalars),
    ...single("cpu_utilisation_percent", mean([...processors.values()].map(numberOf))),
    ...single("cpu_idle_percent", numberOf(scalars.get(OIDS.cpuIdle))),
    ...memory(scalars),
    ...(await storage(session, scalars)),
    ...(await interfaces(session)),
  ];
}

function single(metric: HostMetricName, value: number | null, part: string | null = null): readonly HostReading[] {
  return value === null ? [] : [{ metric, part, value }];
}

/** Agents tell some numbers as text. */
function numberOf(value: SnmpValue | undefined): number | null {
  if (value === undefined) return null;
  const text = Buffer.isBuffer(value) ? value.toString("latin1").trim() : value;
  const number = Number(text);
  return text === "" || !Number.isFinite(number) ? null : number;
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}

function loads(scalars: Table): readonly HostReading[] {
  return [
    ...single("load1", numberOf(scalars.get(OIDS.load1))),
    ...single("load5", numberOf(scalars.get(OIDS.load5))),
    ...single("load15", numberOf(scalars.get(OIDS.load15))),
  ];
}

function memory(scalars: Table): readonly HostReading[] {
  const bytes = (oid: string) => {
    const kib = numberOf(scalars.get(oid));
    return kib === null ? null : kib * KIB;
  };
  const [total, available] = [bytes(OIDS.memTotalReal), bytes(OIDS.memAvailReal)];
  return [
    ...single("memory_total_bytes", total),
    ...single("memory_used_bytes", total === null || available === null ? null : total - available),
    ...single("memory_buffer_bytes", bytes(OIDS.memBuffer)),
    ...single("memory_cached_bytes", bytes(OIDS.memCached)),
    ...single("swap_total_bytes", bytes(OIDS.memTotalSwap)),
    ...single("swap_available_bytes", bytes(OIDS.memAvailSwap)),
  ];
}

/** Disks; and the memory, where the agent has not told it otherwise. */
async function storage(session: SnmpSession, scalars: Table): Promise<readonly HostReading[]> {
  const types = await session.walk(COLUMNS.storageType, MOST_ROWS);
  if (types.size === 0) return [];
  const names = await session.walk(COLUMNS.storageDescr, MOST_ROWS);
  const units = await session.walk(COLUMNS.storageUnits, MOST_ROWS);
  const sizes = await session.walk(COLUMNS.storageSize, MOST_ROWS);
  const used = await session.walk(COLUMNS.storageUsed, MOST_ROWS);
  const knowsMemory = scalars.has(OIDS.memTotalReal);
  return [...types].flatMap(([row, type]) => {
    const unit = numberOf(units.get(row));
    const of = (column: Table) => bytesOf(numberOf(column.get(row)), unit);
    if (type === STORAGE.ram && !knowsMemory)
      return [...single("memory_total_bytes", of(sizes)), ...single("memory_used_bytes", of(used))];
    if (type !== STORAGE.fixedDisk) return [];
    const disk = textOf(names.get(row), row);
    return [...single("disk_total_bytes", of(sizes), disk), ...single("disk_used_bytes", of(used), disk)];
  });
}

/** Sizes are signed 32-bit numbers, and some agents run over into the sign. */
function bytesOf(blocks: number | null, unit: number | null): number | null {
  if (blocks === null || unit === null) return null;
  return (blocks < 0 ? blocks + 2 ** 32 : blocks) * unit;
}

async function interfaces(session: SnmpSession): Promise<readonly HostReading[]> {
  const names = await session.walk(COLUMNS.ifDescr, MOST_ROWS);
  if (names.size === 0) return [];
  const received = await counter(session, COLUMNS.ifHCInOctets, COLUMNS.ifInOctets);
  const sent = await counter(session, COLUMNS.ifHCOutOctets, COLUMNS.ifOutOctets);
  const errors = await session.walk(COLUMNS.ifOutErrors, MOST_ROWS);
  return [...names].flatMap(([row, name]) => {
    const part = textOf(name, row);
    return [
      ...single("network_receive_bytes_total", numberOf(received.get(row)), part),
      ...single("network_transmit_bytes_total", numberOf(sent.get(row)), part),
      ...single("network_transmit_errors_total", numberOf(errors.get(row)), part),
    ];
  });
}

/** The counters of 64 bits, which SNMP v1 has not; those of 32 bits run over within seconds on fast links. */
async function counter(session: SnmpSession, wide: string, narrow: string): Promise<Table> {
  const found = await session.walk(wide, MOST_ROWS);
  return found.size > 0 ? found : await session.walk(narrow, MOST_ROWS);
}

function textOf(value: SnmpValue | undefined, otherwise: string): string {
  const text = Buffer.isBuffer(value) ? value.toString("utf8").replace(/\0+$/, "") : "";
  return text === "" ? otherwise : text;
}
