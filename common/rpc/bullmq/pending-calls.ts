/** The calls of this process that have no answer yet, by id and by the conductor they were sent to. */
import type { Call, Reply } from "../contract.ts";

export interface PendingCall {
  readonly call: Call;
  readonly host: string;
  /** By `performance.now()`. */
  readonly since: number;
  /** The serving session when the call was sent, or was last sent again. */
  session: string | null;
  /** Known to be in some conductor's hands: it cannot be withdrawn. */
  claimed: boolean;
  settle(reply: Reply<unknown>): void;
  fail(error: unknown): void;
}

export class PendingCalls {
  readonly #byId = new Map<string, PendingCall>();
  readonly #perHost = new Map<string, number>();

  get size(): number {
    return this.#byId.size;
  }

  countOf(host: string): number {
    return this.#perHost.get(host) ?? 0;
  }

  add(pending: PendingCall): void {
    this.#byId.set(pending.call.id, pending);
    this.#perHost.set(pending.host, this.countOf(pending.host) + 1);
  }

  /** Null when it has been taken out before: each call is settled once. */
  take(id: string): PendingCall | null {
    const pending = this.#byId.get(id);
    if (pending === undefined) return null;
    this.#byId.delete(id);
    const left = this.countOf(pending.host) - 1;
    if (left === 0) this.#perHost.delete(pending.host);
    else this.#perHost.set(pending.host, left);
    return pending;
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  /** Those that wait for at least `ms`. */
  olderThan(ms: number): readonly PendingCall[] {
    const limit = performance.now() - ms;
    return [...this.#byId.values()].filter(({ since }) => since <= limit);
  }
}
