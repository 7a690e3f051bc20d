/** A table's columns and their way between row and record. A record type's forgotten field does not compile. */
import { isJsonObject } from "../../common/json.ts";
import type { Logger } from "../../common/log.ts";
import type { Row, SqlValue } from "../engine.ts";

/** `object` and `list` are JSON text in the database; `sealed-list` is the same, encrypted (db/secrets/sealed-lists.ts). */
export type ColumnKind = "text" | "integer" | "boolean" | "object" | "list" | "sealed-list";

/** Column of the tables that count versions: it rises with each change of a row. */
export const VERSION = "row_version";

export interface Table<R> {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnKind>>;
  readonly fields: readonly (keyof R & string)[];
  /** What a record shows of them: all but the version. */
  readonly shown: readonly (keyof R & string)[];
}

export function defineTable<R>(name: string, columns: { readonly [K in keyof R & string]-?: ColumnKind }): Table<R> {
  const fields = Object.keys(columns) as (keyof R & string)[];
  const keys = fields.filter((field) => columns[field] === "sealed-list").map(keyColumnOf);
  return {
    name,
    columns: { ...columns, ...Object.fromEntries(keys.map((key) => [key, "text"])) },
    fields,
    shown: fields.filter((field) => field !== VERSION),
  };
}

/** The column with the id of the key that encrypts a sealed list; no field of the record. */
export function keyColumnOf(column: string): string {
  return `${column}_key_id`;
}

/** The record (or the part of it that was selected). Damaged JSON becomes an empty value and a warning, never an error. */
export function decode<R>(table: Table<R>, fields: readonly string[], row: Row, log: Logger): R {
  const record: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] ?? "";
    record[field] = decodeValue(table.columns[field], row[index] ?? null, () =>
      log.warn({ table: table.name, field, id: row[0] }, "a stored value is not readable and is shown as empty"),
    );
  }
  return record as R;
}

function decodeValue(kind: ColumnKind | undefined, value: SqlValue, unreadable: () => void): unknown {
  if (kind === "boolean") return value === null ? null : value === true || value === 1;
  if (kind !== "object" && kind !== "list" && kind !== "sealed-list") return value;
  const empty = kind === "object" ? {} : [];
  if (value === "{}" || value === "[]") return empty;
  const parsed = parse(value);
  if (kind === "object" ? isJsonObject(parsed) : Array.isArray(parsed)) return parsed;
  unreadable();
  return empty;
}

function parse(value: SqlValue): unknown {
  if (typeof value !== "string") return undefined;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** The stored form of one field. @throws TypeError for what no column holds */
export function encode(table: Pick<Table<unknown>, "name" | "columns">, field: string, value: unknown): SqlValue {
  const kind = table.columns[field];
  if (kind === undefined) throw new TypeError(`${table.name} has no column ${field}`);
  if (kind === "object") return JSON.stringify(value ?? {});
  if (kind === "list") return JSON.stringify(value ?? []);
  if (kind === "sealed-list" && typeof value !== "string") throw new TypeError(`${table.name}.${field} is not sealed`);
  // NUL ends a text for libsql, and PostgreSQL takes none at all; in JSON it is escaped.
  if (typeof value === "string") return value.replaceAll("\u0000", "\uFFFD");
  if (value === null || typeof value === "number" || typeof value === "boolean") return value;
  throw new TypeError(`${table.name}.${field} cannot hold a ${typeof value}`);
}
