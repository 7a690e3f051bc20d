/**
 * Units on a database server: each on a connection of its own, side by side. One that met another, or whose connection
 * broke before its commit, runs again; one that broke while committing is told as such and never repeated.
 */
import { DatabaseOutcomeUnknown, DatabaseUnavailable } from "../../../common/errors/database.ts";
import { FerricError } from "../../../common/errors/fault.ts";
import type { Engine, Outcome, Unit, Work, WriteOptions } from "../../engine.ts";
import type { SessionPool } from "./pool.ts";
import type { Failure, Session, SessionSource } from "./session.ts";

export interface RetryOptions {
  /** How often a unit is run again at most. */
  readonly limit: number;
  /** How long a unit may take with all its repetitions. */
  readonly totalMs: number;
}

/** Connections of one server mostly break together: the third is not better than the second. */
const LOST_LIMIT = 2;
const CLOSE_GRACE_MS = 5000;

/** A unit that may run again. */
class Again extends Error {
  readonly failure: Failure & { readonly kind: "conflict" | "lost" };

  constructor(failure: Failure & { readonly kind: "conflict" | "lost" }, cause: unknown) {
    super(failure.reason, { cause });
    this.failure = failure;
  }
}

export class PooledEngine implements Engine {
  readonly #source: SessionSource;
  readonly #pool: SessionPool;
  readonly #retry: RetryOptions;
  #closed: Promise<void> | null = null;

  constructor(source: SessionSource, pool: SessionPool, retry: RetryOptions) {
    this.#source = source;
    this.#pool = pool;
    this.#retry = retry;
  }

  read<T>(unit: Unit<T>): Promise<T> {
    return this.#repeatedly((session) => drive(session, unit()));
  }

  snapshot<T>(unit: Unit<T>): Promise<T> {
    return this.#repeatedly(async (session) => {
      await session.beginSnapshot();
      const value = await this.#orRollback(session, drive(session, unit()));
      await session.commit();
      return value;
    });
  }

  write<T>(unit: Unit<T>, options: WriteOptions = {}): Promise<T> {
    if (options.single)
      return this.#repeatedly((session) => this.#commitWith(session, drive(session, onlyOne(unit()))));
    return this.#repeatedly(async (session) => {
      // Waiting for the turn may take too long: the transaction has begun by then.
      await this.#orRollback(session, session.begin(options.turn));
      const value = await this.#orRollback(session, drive(session, unit()));
      await this.#commitWith(session, session.commit());
      return value;
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#pool.close(CLOSE_GRACE_MS);
    return this.#closed;
  }

  async #repeatedly<T>(attempt: (session: Session) => Promise<T>): Promise<T> {
    const deadline = performance.now() + this.#retry.totalMs;
    let lost = 0;
    for (let repetitions = 0; ; repetitions += 1) {
      try {
        return await this.#once(attempt);
      } catch (error) {
        if (!(error instanceof Again)) throw error;
        const { kind, reason } = error.failure;
        if (kind === "lost") lost += 1;
        const isEnough = repetitions >= this.#retry.limit || lost > LOST_LIMIT || performance.now() > deadline;
        if (isEnough) throw DatabaseUnavailable({ reason }, error.cause);
      }
      await pause(repetitions);
    }
  }

  async #once<T>(attempt: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#acquire();
    try {
      return await attempt(session);
    } catch (error) {
      throw this.#verdict(error);
    } finally {
      this.#pool.release(session);
    }
  }

  async #acquire(): Promise<Session> {
    try {
      return await this.#pool.acquire();
    } catch (error) {
      throw error instanceof FerricError ? error : DatabaseUnavailable({ reason: "it cannot be reached" }, error);
    }
  }

  async #orRollback<T>(session: Session, work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      // A connection that cannot roll back is closed, and the server rolls back by itself.
      if (session.usable) await session.rollback().catch(() => session.destroy());
      throw error;
    }
  }

  async #commitWith<T>(session: Session, committing: Promise<T>): Promise<T> {
    try {
      return await committing;
    } catch (error) {
      // An answered refusal has rolled back; without an answer nobody knows.
      if (session.usable) throw error;
      throw DatabaseOutcomeUnknown({ reason: "the connection to it broke" }, error);
    }
  }

  #verdict(error: unknown): unknown {
    if (error instanceof FerricError) return error;
    const failure = this.#source.failure(error);
    if (failure === null) return error;
    if (failure.kind === "refused") return failure.fault;
    if (failure.kind === "unavailable") return DatabaseUnavailable({ reason: failure.reason }, error);
    return new Again(failure, error);
  }
}

/** @throws TypeError before a second statement: the first is carried out by then */
function* onlyOne<T>(work: Work<T>): Work<T> {
  let turn = work.next();
  for (let statements = 0; !turn.done; statements += 1) {
    if (statements > 0) throw new TypeError("a unit that was said to be one statement has more");
    let outcome: Outcome;
    try {
      outcome = yield turn.value;
    } catch (error) {
      turn = work.throw(error);
      continue;
    }
    turn = work.next(outcome);
  }
  return turn.value;
}

async function drive<T>(session: Session, work: Work<T>): Promise<T> {
  let turn = work.next();
  while (!turn.done) {
    let outcome: Outcome;
    try {
      outcome = await session.run(turn.value);
    } catch (error) {
      turn = work.throw(error);
      continue;
    }
    turn = work.next(outcome);
  }
  return turn.value;
}

/** Longer with each repetition, and never the same for two. */
function pause(repetitions: number): Promise<void> {
  const most = Math.min(200, 2 * 2 ** repetitions);
  return new Promise((resolve) => setTimeout(resolve, Math.random() * most));
}
