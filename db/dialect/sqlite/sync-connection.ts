/** Connection over the better-sqlite3 interface (better-sqlite3 itself, and libsql): every statement runs at once. */
import type { Outcome, Statement, Work } from "../../engine.ts";
import { bindable, type Connection, PREPARED_LIMIT } from "./connection.ts";

export interface SyncStatement {
  readonly reader: boolean;
  raw(toggle?: boolean): SyncStatement;
  all(bindings: readonly unknown[]): unknown[];
  run(bindings: readonly unknown[]): { changes: number; lastInsertRowid: number | bigint };
}

export interface SyncDatabase {
  prepare(sql: string): SyncStatement;
  close(): void;
}

export type SyncDriver = new (path: string) => SyncDatabase;

interface Prepared {
  readonly statement: SyncStatement;
  /** Asked once: each question goes through the native binding. */
  readonly isQuery: boolean;
}

export class SyncConnection implements Connection {
  readonly #database: SyncDatabase;
  readonly #prepared = new Map<string, Prepared>();

  constructor(database: SyncDatabase) {
    this.#database = database;
  }

  /** Async in its signature only: everything has run when the call returns. */
  async drive<T>(work: Work<T>): Promise<T> {
    let turn = work.next();
    while (!turn.done) {
      let outcome: Outcome;
      try {
        outcome = this.#execute(turn.value);
      } catch (error) {
        turn = work.throw(error);
        continue;
      }
      turn = work.next(outcome);
    }
    return turn.value;
  }

  async close(): Promise<void> {
    this.#prepared.clear();
    this.#database.close();
  }

  #execute(statement: Statement): Outcome {
    const prepared = this.#prepare(statement.sql);
    const bindings = statement.bindings.map(bindable);
    if (!prepared.isQuery) {
      const { changes, lastInsertRowid } = prepared.statement.run(bindings);
      return { rows: [], changes, insertedId: Number(lastInsertRowid) };
    }
    // Never `get`: libsql answers it with the row before when nothing matches.
    return { rows: prepared.statement.all(bindings) as Outcome["rows"], changes: 0 };
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    const prepared = { statement, isQuery: statement.reader };
    if (prepared.isQuery) statement.raw(true);
    const oldest = this.#prepared.size < PREPARED_LIMIT ? undefined : this.#prepared.keys().next().value;
    if (oldest !== undefined) this.#prepared.delete(oldest);
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}
