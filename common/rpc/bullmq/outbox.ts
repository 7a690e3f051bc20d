/** Replies on their way to callers: sent at once, or kept while Redis is away and sent when it is back. */
import type { RedisLink } from "./redis-link.ts";

/** Replies kept while Redis is away; the oldest go first (the ledger has most of them too). */
const LIMIT = 5000;
/** A caller's stream that nobody reads any more goes away by itself. */
export const STREAM_LIFETIME_MS = 120_000;
const STREAM_LENGTH = 20_000;

interface Letter {
  readonly key: string;
  readonly text: string;
  /** Milliseconds since the epoch after which nobody waits for it. */
  readonly deadline: number;
}

export class Outbox implements Disposable {
  readonly #link: RedisLink;
  readonly #kept = new Set<Letter>();
  readonly #flush = () => {
    for (const letter of this.#kept) void this.#send(letter);
  };

  constructor(link: RedisLink) {
    this.#link = link;
    link.on("up", this.#flush);
  }

  /** Resolves when Redis has it; true, or false when it is kept for later. */
  send(key: string, text: string, deadline: number): Promise<boolean> {
    const letter = { key, text, deadline };
    this.#kept.add(letter);
    if (this.#kept.size > LIMIT) this.#dropOldest();
    return this.#send(letter);
  }

  [Symbol.dispose](): void {
    this.#link.off("up", this.#flush);
  }

  async #send(letter: Letter): Promise<boolean> {
    if (Date.now() > letter.deadline) this.#kept.delete(letter);
    if (!this.#link.up || !this.#kept.has(letter)) return false;
    const { redis } = this.#link;
    try {
      const both = redis.pipeline();
      both.xadd(letter.key, "MAXLEN", "~", STREAM_LENGTH, "*", "r", letter.text);
      both.pexpire(letter.key, STREAM_LIFETIME_MS);
      if (!hasEnded(await both.exec())) return false;
      this.#kept.delete(letter);
      return true;
    } catch {
      return false;
    }
  }

  #dropOldest(): void {
    for (const letter of this.#kept) {
      this.#kept.delete(letter);
      return;
    }
  }
}

/** A pipeline answers errors as values, one pair a command. */
function hasEnded(results: readonly (readonly [Error | null, unknown])[] | null): boolean {
  return results?.every(([error]) => error === null) ?? false;
}
