/** One SQLite connection, whatever package speaks to it. */
import type { SqlValue, Work } from "../../engine.ts";

export interface Connection {
  /** Runs a unit; units never mix: on a synchronous driver within the call, on others one after the other. */
  drive<T>(work: Work<T>): Promise<T>;
  close(): Promise<void>;
}

/** What the drivers may be given. libsql ends the whole process (abort) for a boolean: here is the only gate before it. */
export function bindable(value: SqlValue): string | number | null {
  if (typeof value === "string" || value === null) return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new TypeError(`a ${typeof value} cannot be stored`);
}

/** Statements kept prepared a connection; far above the number of shapes that stores use. */
export const PREPARED_LIMIT = 400;
