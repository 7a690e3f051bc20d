/** The connection that workers are given. Each takes a copy of it to wait on, which it does not end while Redis is away. */
import { Redis, type RedisOptions } from "ioredis";

export class WorkerRedis extends Redis {
  readonly #copies: Redis[] = [];

  override duplicate(override?: Partial<RedisOptions>): Redis {
    const copy = super.duplicate(override);
    this.#copies.push(copy);
    return copy;
  }

  /** Ends this connection and its copies, and whatever tries to bring them back. */
  disconnectAll(): void {
    for (const each of [...this.#copies, this]) each.disconnect();
  }
}
