/**
 * Group commit: units that arrive in one turn of the event loop, or while a commit runs, share one transaction, so that
 * one flush to the disk serves them all. Each has its own savepoint, unless it is alone; one that fails takes nothing
 * away from the others.
 */
import { DatabaseUnavailable } from "../../../common/errors/database.ts";
import type { Statement, Work } from "../../engine.ts";
import type { Connection } from "./connection.ts";
import { asUnavailable, isBusy } from "./errors.ts";

type Settle = () => void;

interface Unit {
  /** The unit's statements within a group; ends with how to tell the caller, which waits for the commit. */
  among(): Work<Settle>;
  /** The same in a transaction of its own. @throws what the unit throws: then the transaction is to be rolled back */
  alone(): Work<Settle>;
  reject(error: unknown): void;
}

const command = (sql: string): Statement => ({ sql, bindings: [] });
const BEGIN = command("begin immediate");
const COMMIT = command("commit");
const ROLLBACK = command("rollback");
const SAVEPOINT = command("savepoint unit");
const RELEASE = command("release unit");
const ROLLBACK_TO = command("rollback to unit");

/** A group is one stall of the event loop on a synchronous driver; this many units stay well below 50 ms. */
const GROUP_LIMIT = 256;

export class GroupCommit {
  readonly #connection: Connection;
  readonly #busyTimeoutMs: number;
  readonly #queue: Unit[] = [];
  #flushing: Promise<void> | null = null;
  #closed = false;

  constructor(connection: Connection, busyTimeoutMs: number) {
    this.#connection = connection;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  write<T>(work: Work<T>): Promise<T> {
    if (this.#closed) return Promise.reject(DatabaseUnavailable({ reason: "it has been closed" }));
    return new Promise((resolve, reject) => {
      this.#queue.push({
        among: () => inSavepoint(work, resolve, reject),
        alone: () => settled(work, resolve),
        reject,
      });
      this.#flushing ??= this.#flush();
    });
  }

  /** Refuses new units and waits for the accepted ones. */
  async drain(): Promise<void> {
    this.#closed = true;
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    do {
      await nextTurn();
      await this.#commit(this.#queue.splice(0, GROUP_LIMIT));
    } while (this.#queue.length > 0);
    this.#flushing = null;
  }

  async #commit(units: readonly Unit[]): Promise<void> {
    const deadline = performance.now() + this.#busyTimeoutMs;
    for (;;) {
      const progress = { begun: false };
      try {
        const settles = await this.#connection.drive(transaction(units, progress));
        for (const settle of settles) settle();
        return;
      } catch (error) {
        const again = !progress.begun && isBusy(error) && performance.now() < deadline;
        if (!again) {
          const fault = asUnavailable(error);
          for (const unit of units) unit.reject(fault);
          return;
        }
      }
      // Waiting here and not in SQLite keeps the event loop running while another process writes.
      await pause(2 + Math.random() * 8);
    }
  }
}

function* transaction(units: readonly Unit[], progress: { begun: boolean }): Work<readonly Settle[]> {
  yield BEGIN;
  progress.begun = true;
  const settles: Settle[] = [];
  try {
    const [first, ...others] = units;
    if (first !== undefined && others.length === 0) settles.push(yield* first.alone());
    else for (const unit of units) settles.push(yield* unit.among());
    yield COMMIT;
  } catch (error) {
    yield* rollback();
    throw error;
  }
  return settles;
}

function* settled<T>(work: Work<T>, resolve: (value: T) => void): Work<Settle> {
  const value = yield* work;
  return () => resolve(value);
}

function* inSavepoint<T>(work: Work<T>, resolve: (value: T) => void, reject: (error: unknown) => void): Work<Settle> {
  yield SAVEPOINT;
  let value: T;
  try {
    value = yield* work;
  } catch (error) {
    yield* undo(error);
    return () => reject(asUnavailable(error));
  }
  yield RELEASE;
  return () => resolve(value);
}

/** @throws `cause` when SQLite has already rolled back the whole group, as it may when the disk is full */
function* undo(cause: unknown): Work<void> {
  try {
    yield ROLLBACK_TO;
    yield RELEASE;
  } catch {
    throw cause;
  }
}

/** After some errors (disk full, I/O) SQLite has rolled back by itself and refuses to do it again. */
function* rollback(): Work<void> {
  try {
    yield ROLLBACK;
  } catch {
    return;
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
