/** Values of Ironic's columns as ours: times, documents, flags. */
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { SqlValue } from "../engine.ts";
import { encode, type Table } from "../records/table.ts";
import type { SourceRow } from "./source.ts";

/** What our columns are when Ironic's say nothing. */
const UNSAID: Readonly<Record<string, SqlValue>> = {
  maintenance: false,
  console_enabled: false,
  protected: false,
  retired: false,
  conductor_group: "",
  pxe_enabled: true,
  available_for_dynamic_portgroup: true,
  standalone_ports_supported: true,
  dynamic_portgroup: false,
  sensitive: false,
  public: false,
  disable_ramdisk: false,
  priority: 0,
  phase: "main",
  provision_state: "available",
};

/** Kept by the database itself. */
const OWN_COLUMNS: ReadonlySet<string> = new Set(["row_version"]);

/** A record of `table`: columns of the same name, and `own` in place of those that have none or mean something else. */
export function recordOf(
  table: Pick<Table<unknown>, "name" | "columns">,
  row: SourceRow,
  own: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, SqlValue>> {
  const columns = Object.entries(table.columns).filter(([column]) => !OWN_COLUMNS.has(column));
  const entries = columns.map(([column, kind]) => {
    if (Object.hasOwn(own, column)) return [column, encode(table, column, own[column] ?? null)];
    return [column, converted(kind, column, row[column] ?? null)];
  });
  return Object.fromEntries(entries);
}

function converted(kind: string | undefined, column: string, value: SqlValue): SqlValue {
  if (kind === "object") return JSON.stringify(objectOf(value));
  if (kind === "list" || kind === "sealed-list") return JSON.stringify(listOf(value));
  if (value === null) return UNSAID[column] ?? null;
  if (kind === "boolean") return value === true || Number(value) === 1;
  if (kind === "integer") return Number(value);
  return column.endsWith("_at") ? timeOf(value) : String(value);
}

/** "2026-11-21 15:56:46" or with a fraction, in UTC, as our fixed-width text. */
export function timeOf(value: SqlValue | undefined): string | null {
  const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?/.exec(String(value ?? ""));
  return match === null ? null : `${match[1]}T${match[2]}.${(match[3] ?? "").padEnd(6, "0")}+00:00`;
}

export function objectOf(value: SqlValue | undefined): JsonObject {
  const parsed = parsedOf(value);
  return isJsonObject(parsed) ? parsed : {};
}

export function listOf(value: SqlValue | undefined): readonly Json[] {
  const parsed = parsedOf(value);
  return Array.isArray(parsed) ? parsed : [];
}

function parsedOf(value: SqlValue | undefined): unknown {
  if (typeof value !== "string") return null;
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}
