/** The life of one connection to a database server: when it is good for nothing any more, and that every answer has its time. */
import type { SessionLimits } from "./open.ts";
import { ConnectionLost, StatementTimeout, within } from "./session.ts";

/** The server's own limit comes first, and its error says more. */
const ANSWER_GRACE_MS = 1000;

export interface LifelineOptions {
  readonly limits: SessionLimits;
  /** Ends the socket at once. */
  cut(why?: ConnectionLost): void;
  /** Whether the connection is good for nothing after this error. */
  endsConnection(error: unknown): boolean;
}

export class Lifeline {
  readonly #options: LifelineOptions;
  #usable = true;

  constructor(options: LifelineOptions) {
    this.#options = options;
  }

  get usable(): boolean {
    return this.#usable;
  }

  /** To be told when the connection ends by itself. */
  readonly lost = (): void => {
    this.#usable = false;
  };

  destroy(): void {
    this.#usable = false;
    this.#options.cut(new ConnectionLost());
  }

  /** In good order, if `end` comes to its end in time. */
  async close(end: () => Promise<unknown>): Promise<void> {
    this.#usable = false;
    const { cut } = this.#options;
    await within(ANSWER_GRACE_MS, end(), () => cut()).catch(() => undefined);
    cut();
  }

  /** @throws the package's error; ConnectionLost, StatementTimeout: the connection is given up then */
  async ask<Answer>(query: () => Promise<Answer>): Promise<Answer> {
    if (!this.#usable) throw new ConnectionLost();
    try {
      return await within(this.#options.limits.statementMs + ANSWER_GRACE_MS, query(), () => this.destroy());
    } catch (error) {
      if (!this.#options.endsConnection(error)) throw error;
      this.destroy();
      throw error instanceof StatementTimeout ? error : new ConnectionLost("connection lost", { cause: error });
    }
  }
}
