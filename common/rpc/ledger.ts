/**
 * Who may carry out a call: a row in the database, written once. The conductor that writes it carries the call out; a
 * caller that gives up writes it first, and nobody does. So a call takes effect at most once, however often a queue
 * delivers it, and its answer survives the queue.
 */
import type { Method } from "./contract.ts";

export interface ClaimedCall {
  readonly id: string;
  readonly method: Method;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
}

export interface LedgerEntry {
  /** The serving session that claimed the call; null when its caller withdrew it. */
  readonly owner: string | null;
  /** The reply as JSON; null while there is none, and for answers that are not kept. */
  readonly reply: string | null;
}

export interface CallLedger {
  /** False when the call has been claimed or withdrawn before. @throws DatabaseUnavailable */
  claim(call: ClaimedCall, owner: string): Promise<boolean>;
  /** Null: nobody has claimed the call and nobody can any more; else who did. @throws DatabaseUnavailable */
  withdraw(call: ClaimedCall): Promise<LedgerEntry | null>;
  /** Keeps the reply of a claimed call. @throws DatabaseUnavailable */
  answer(id: string, reply: string): Promise<void>;
  /** The entries of those that have one. @throws DatabaseUnavailable */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, LedgerEntry>>;
  /** Forgets calls whose deadline has passed `graceMs` ago, by the database's clock; returns how many. */
  purge(graceMs: number): Promise<number>;
}
