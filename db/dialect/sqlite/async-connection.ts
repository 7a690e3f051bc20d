/** Connection over the `sqlite3` package, whose statements run on a thread pool and answer by callback. */
import type { Outcome, Row, SqlValue, Statement, Work } from "../../engine.ts";
import { bindable, type Connection, PREPARED_LIMIT } from "./connection.ts";

type Done<T> = (error: Error | null, result: T) => void;

export interface AsyncStatement {
  all(bindings: readonly unknown[], done: Done<readonly Record<string, SqlValue>[]>): void;
  run(
    bindings: readonly unknown[],
    done: (this: { changes: number; lastID: number }, error: Error | null) => void,
  ): void;
  finalize(done: () => void): void;
}

export interface AsyncDatabase {
  prepare(sql: string, done: (error: Error | null) => void): AsyncStatement;
  close(done: (error: Error | null) => void): void;
}

export interface AsyncDriver {
  readonly Database: new (path: string, done: (error: Error | null) => void) => AsyncDatabase;
}

const QUERY = /^\s*(select|pragma|with)\b/i;

export class AsyncConnection implements Connection {
  readonly #database: AsyncDatabase;
  readonly #prepared = new Map<string, AsyncStatement>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(database: AsyncDatabase) {
    this.#database = database;
  }

  static open(driver: AsyncDriver, path: string): Promise<AsyncConnection> {
    return new Promise((resolve, reject) => {
      const database = new driver.Database(path, (error) =>
        error === null ? resolve(new AsyncConnection(database)) : reject(error),
      );
    });
  }

  drive<T>(work: Work<T>): Promise<T> {
    const run = this.#last.then(() => this.#step(work));
    this.#last = run.catch(() => undefined);
    return run;
  }

  async close(): Promise<void> {
    await this.#last;
    for (const prepared of this.#prepared.values()) await finalize(prepared);
    this.#prepared.clear();
    await new Promise<void>((resolve, reject) =>
      this.#database.close((error) => (error === null ? resolve() : reject(error))),
    );
  }

  async #step<T>(work: Work<T>): Promise<T> {
    let turn = work.next();
    while (!turn.done) {
      let outcome: Outcome;
      try {
        outcome = await this.#execute(turn.value);
      } catch (error) {
        turn = work.throw(error);
        continue;
      }
      turn = work.next(outcome);
    }
    return turn.value;
  }

  async #execute(statement: Statement): Promise<Outcome> {
    const prepared = await this.#prepare(statement.sql);
    const bindings = statement.bindings.map(bindable);
    if (!QUERY.test(statement.sql)) return run(prepared, bindings);
    return { rows: (await all(prepared, bindings)).map((row): Row => Object.values(row)), changes: 0 };
  }

  async #prepare(sql: string): Promise<AsyncStatement> {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const prepared = await new Promise<AsyncStatement>((resolve, reject) => {
      const made = this.#database.prepare(sql, (error) => (error === null ? resolve(made) : reject(error)));
    });
    const oldest = this.#prepared.size < PREPARED_LIMIT ? undefined : this.#prepared.entries().next().value;
    if (oldest !== undefined) {
      this.#prepared.delete(oldest[0]);
      await finalize(oldest[1]);
    }
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function run(prepared: AsyncStatement, bindings: readonly unknown[]): Promise<Outcome> {
  return new Promise((resolve, reject) =>
    prepared.run(bindings, function done(error) {
      if (error === null) resolve({ rows: [], changes: this.changes, insertedId: this.lastID });
      else reject(error);
    }),
  );
}

function all(prepared: AsyncStatement, bindings: readonly unknown[]): Promise<readonly Record<string, SqlValue>[]> {
  return new Promise((resolve, reject) =>
    prepared.all(bindings, (error, rows) => (error === null ? resolve(rows) : reject(error))),
  );
}

function finalize(prepared: AsyncStatement): Promise<void> {
  return new Promise((resolve) => prepared.finalize(resolve));
}
