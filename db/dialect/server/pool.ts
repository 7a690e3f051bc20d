/** Connections to a database server: made when they are needed, kept while they are good, never more than allowed. */
import { DatabaseUnavailable } from "../../../common/errors/database.ts";
import type { Session, SessionSource } from "./session.ts";

export interface PoolOptions {
  /** Connections that are kept when idle. */
  readonly size: number;
  /** How long those beyond are kept: opening one costs the server more than most of what is asked over it. */
  readonly spareMs: number;
  /** How many more may be open at once. */
  readonly overflow: number;
  /** How long a unit waits for a connection. */
  readonly waitMs: number;
  /** A connection older than this is replaced; 0: never. */
  readonly recycleMs: number;
}

interface Waiting {
  give(session: Promise<Session>): void;
  refuse(error: unknown): void;
}

export class SessionPool {
  readonly #source: SessionSource;
  readonly #options: PoolOptions;
  /** The one used last is last. */
  readonly #idle: Session[] = [];
  readonly #idleSince = new WeakMap<Session, number>();
  readonly #born = new WeakMap<Session, number>();
  readonly #waiting: Waiting[] = [];
  readonly #busy = new Set<Session>();
  /** Connections that exist or are being made. */
  #open = 0;
  #closed = false;
  #drained: (() => void) | null = null;
  #trimming: NodeJS.Timeout | null = null;

  constructor(source: SessionSource, options: PoolOptions) {
    this.#source = source;
    this.#options = options;
  }

  /** @throws DatabaseUnavailable when none becomes free in time; the package's error when none can be made */
  async acquire(): Promise<Session> {
    if (this.#closed) throw DatabaseUnavailable({ reason: "it has been closed" });
    for (;;) {
      const session = this.#idle.pop();
      if (session === undefined) break;
      if (this.#isGood(session)) return this.#take(session);
      this.#discard(session);
    }
    if (this.#open < this.#options.size + this.#options.overflow) return this.#connect();
    return this.#wait();
  }

  release(session: Session): void {
    this.#busy.delete(session);
    const next = this.#isGood(session) && !this.#closed ? this.#waiting.shift() : undefined;
    if (next !== undefined) next.give(Promise.resolve(this.#take(session)));
    else if (this.#isGood(session) && !this.#closed) this.#keep(session);
    else {
      this.#discard(session);
      // A place became free: who waits may have a new connection.
      this.#waiting.shift()?.give(this.#connect());
    }
    if (this.#busy.size === 0) this.#drained?.();
  }

  #keep(session: Session): void {
    this.#idle.push(session);
    this.#idleSince.set(session, performance.now());
    this.#trimLater();
  }

  #trimLater(): void {
    if (this.#trimming !== null || this.#idle.length <= this.#options.size) return;
    this.#trimming = setTimeout(() => {
      this.#trimming = null;
      this.#trim();
    }, this.#options.spareMs);
    this.#trimming.unref();
  }

  #trim(): void {
    const before = performance.now() - this.#options.spareMs;
    const spare = this.#idle.slice(0, Math.max(0, this.#idle.length - this.#options.size));
    const old = spare.filter((session) => (this.#idleSince.get(session) ?? 0) <= before);
    for (const session of this.#idle.splice(0, old.length)) this.#discard(session);
    this.#trimLater();
  }

  /** Refuses who waits, lets units under way end for at most `graceMs`, then closes everything. */
  async close(graceMs: number): Promise<void> {
    this.#closed = true;
    if (this.#trimming !== null) clearTimeout(this.#trimming);
    for (const { refuse } of this.#waiting.splice(0)) refuse(DatabaseUnavailable({ reason: "it has been closed" }));
    if (this.#busy.size > 0) await this.#drain(graceMs);
    for (const session of this.#busy) session.destroy();
    await Promise.all(this.#idle.splice(0).map((session) => session.close()));
  }

  #drain(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#drained = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #wait(): Promise<Session> {
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        give: (session) => {
          clearTimeout(timer);
          resolve(session);
        },
        refuse: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(DatabaseUnavailable({ reason: `no connection became free within ${this.#options.waitMs / 1000} s` }));
      }, this.#options.waitMs);
      this.#waiting.push(waiting);
    });
  }

  async #connect(): Promise<Session> {
    this.#open += 1;
    try {
      const session = await this.#source.connect();
      this.#born.set(session, performance.now());
      return this.#take(session);
    } catch (error) {
      this.#open -= 1;
      // Who waits gets a connection that somebody has; where nobody has one, all would only try what has just failed.
      if (this.#busy.size === 0) for (const { refuse } of this.#waiting.splice(0)) refuse(error);
      throw error;
    }
  }

  #take(session: Session): Session {
    this.#busy.add(session);
    return session;
  }

  #isGood(session: Session): boolean {
    const { recycleMs } = this.#options;
    const age = performance.now() - (this.#born.get(session) ?? 0);
    return session.usable && (recycleMs === 0 || age < recycleMs);
  }

  #discard(session: Session): void {
    this.#open -= 1;
    if (session.usable) void session.close();
    else session.destroy();
  }
}
