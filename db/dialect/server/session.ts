/** One connection to a database server, whatever package speaks to it, and what its errors mean. */
import type { FerricError } from "../../../common/errors/fault.ts";
import type { Outcome, Statement, Turn } from "../../engine.ts";

export interface Session {
  /** False once the connection is lost or was given up: nothing more may be asked of it. */
  readonly usable: boolean;
  /** One at a time. @throws the package's error; ConnectionLost, StatementTimeout */
  run(statement: Statement): Promise<Outcome>;
  /** A transaction that sees what others commit meanwhile. `turn` is held until its end. */
  begin(turn: Turn | undefined): Promise<void>;
  /** A transaction that reads one moment. */
  beginSnapshot(): Promise<void>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  /** In good order. */
  close(): Promise<void>;
  /** At once; what is under way fails with ConnectionLost. */
  destroy(): void;
}

export type Failure =
  /** Two units stood in each other's way: this one is rolled back and may run again. */
  | { readonly kind: "conflict"; readonly reason: string }
  /** The connection is gone, or good for nothing: another one may do. */
  | { readonly kind: "lost"; readonly reason: string }
  /** A condition of the server: the request may succeed later. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** The request's own fault. */
  | { readonly kind: "refused"; readonly fault: FerricError };

export interface SessionSource {
  /** @throws the package's error */
  connect(): Promise<Session>;
  /** Null for what is a fault of the program. Reasons name no address, user or value: callers of the API read them. */
  failure(error: unknown): Failure | null;
}

export class ConnectionLost extends Error {}

/** Nothing came back in time; the connection is given up. */
export class StatementTimeout extends Error {}

/** The answer, or StatementTimeout after `ms`; `giveUp` must then make the promise end. */
export async function within<T>(ms: number, answer: Promise<T>, giveUp: () => void): Promise<T> {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    giveUp();
  }, ms);
  try {
    return await answer;
  } catch (error) {
    throw late ? new StatementTimeout(`no answer within ${ms} ms`, { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}
