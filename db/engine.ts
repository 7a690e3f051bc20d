/**
 * What stores say to a database: a unit of work is a generator that yields statements and is handed their outcome.
 * So the same unit runs in one go on a synchronous driver, where nothing can come between, and step by step on others.
 */

export type SqlValue = string | number | boolean | null;
/** Values in the order of the selected columns. */
export type Row = readonly SqlValue[];

export interface Statement {
  readonly sql: string;
  readonly bindings: readonly SqlValue[];
}

export interface Outcome {
  /** Rows of a query; empty for other statements. */
  readonly rows: readonly Row[];
  /** Rows inserted, updated or deleted; 0 for queries. */
  readonly changes: number;
  /** Of an insert that `Dialect.tellingId` made: the number of its new row. */
  readonly insertedId?: number;
}

/** May await nothing: between its statements it does only arithmetic. A statement's error is thrown at its `yield`. */
export type Work<T> = Generator<Statement, T, Outcome>;

/** Makes a unit's work anew each time: a database that found two units in each other's way has one of them run again. */
export type Unit<T> = () => Work<T>;

/** What only one unit may do at a time, in all processes together. */
export type Turn = "schema" | "leases";

export interface WriteOptions {
  readonly turn?: Turn;
  /** It is one statement: on a server that needs no transaction around it. */
  readonly single?: boolean;
}

export interface Engine {
  /** Committed data only; each statement sees the newest. */
  read<T>(unit: Unit<T>): Promise<T>;
  /** Committed data only; all statements see the same moment. */
  snapshot<T>(unit: Unit<T>): Promise<T>;
  /**
   * A unit of its own: all of it or nothing. Resolves after the commit. Units may run side by side: a row that is read
   * to be changed is read with a lock (Dialect.forChange), and units of one `turn` run one after the other.
   * @throws DatabaseUnavailable, or what the work threw; then nothing of the unit is left. DatabaseOutcomeUnknown when
   * the server went away while it committed
   */
  write<T>(unit: Unit<T>, options?: WriteOptions): Promise<T>;
  /** Where deleted and changed values stay readable in a file: rewrites it without them, while nobody else writes. */
  scrub?(): Promise<void>;
  close(): Promise<void>;
}

export function* rowsOf(statement: Statement): Work<readonly Row[]> {
  const { rows } = yield statement;
  return rows;
}

export function* firstOf(statement: Statement): Work<Row | null> {
  const { rows } = yield statement;
  return rows[0] ?? null;
}

/** Of one row inserted by a statement of `Dialect.tellingId`. */
export function* insertedIdOf(statement: Statement): Work<number> {
  const { insertedId } = yield statement;
  if (insertedId === undefined) throw new TypeError(`no number came of: ${statement.sql}`);
  return insertedId;
}

export function* changesOf(statement: Statement): Work<number> {
  const { changes } = yield statement;
  return changes;
}
