/** Reads one Redis stream on a connection of its own, entry by entry, through any number of lost connections. */
import { Redis } from "ioredis";
import type { Config } from "../../config/config.ts";
import { BLOCK_MS, connectionOptions } from "./options.ts";

/** Entries of one read: enough to keep up, few enough not to hold up the event loop. */
const BATCH = 200;
const RETRY_MS = 100;

export interface StreamReaderOptions {
  readonly config: Config;
  readonly key: string;
  /** Id after which to read: "0" for all there is. */
  readonly after: string;
  /** Told of each batch: the values of the entries' one field, and the id of the last. */
  onEntries(values: readonly string[], lastId: string): void;
}

export class StreamReader implements AsyncDisposable {
  readonly #redis: Redis;
  readonly #options: StreamReaderOptions;
  readonly #reading: Promise<void>;
  #after: string;
  #closed = false;

  constructor(options: StreamReaderOptions) {
    this.#options = options;
    this.#after = options.after;
    // A command kept for later would be kept for ever by a connection that is closed while it is away.
    this.#redis = new Redis({
      ...connectionOptions(options.config),
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
    });
    // What fails is read again; RedisLink tells of the state.
    this.#redis.on("error", () => {});
    this.#reading = this.#read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#redis.disconnect();
    await this.#reading;
  }

  async #read(): Promise<void> {
    while (!this.#closed) {
      try {
        const found = await this.#redis.xread(
          "COUNT",
          BATCH,
          "BLOCK",
          BLOCK_MS,
          "STREAMS",
          this.#options.key,
          this.#after,
        );
        for (const [, entries] of found ?? []) this.#pass(entries);
      } catch {
        if (!this.#closed) await new Promise((done) => setTimeout(done, RETRY_MS));
      }
    }
  }

  #pass(entries: readonly [string, readonly string[]][]): void {
    const last = entries.at(-1)?.[0];
    if (last === undefined) return;
    this.#after = last;
    this.#options.onEntries(
      entries.flatMap(([, fields]) => (fields[1] === undefined ? [] : [fields[1]])),
      last,
    );
  }
}
