/**
 * Progress events between processes, over one Redis stream. Best effort: what happens while Redis is away reaches the
 * other processes not at all, and nothing that works ever waits for it.
 */
import type { Config } from "../../config/config.ts";
import { reasonOf } from "../../errors/fault.ts";
import type { EventBus, EventListener, FerricEvent } from "../../events.ts";
import type { Logger } from "../../log.ts";
import type { RedisLink } from "./redis-link.ts";
import { StreamReader } from "./stream-reader.ts";

const FLUSH_MS = 100;
/** Events kept for the next flush; more are dropped. */
const LIMIT = 2000;
/** Events that Redis keeps for processes that start later. */
const STREAM_LENGTH = 5000;

export interface EventRelayOptions {
  readonly config: Config;
  readonly link: RedisLink;
  readonly key: string;
  readonly bus: EventBus;
  readonly log: Logger;
  readonly sends: boolean;
  readonly hears: boolean;
}

export class EventRelay implements AsyncDisposable {
  readonly #options: EventRelayOptions;
  readonly #origin = crypto.randomUUID();
  readonly #unsubscribe: () => void;
  readonly #reader: StreamReader | null;
  #waiting: FerricEvent[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: EventRelayOptions) {
    const { config, key, bus, sends, hears } = options;
    this.#options = options;
    const keep: EventListener = (event, from) => {
      if (from === "here") this.#keep(event);
    };
    this.#unsubscribe = sends ? bus.subscribe(keep) : () => {};
    const onEntries = (values: readonly string[]) => {
      for (const value of values) this.#hear(value);
    };
    this.#reader = hears ? new StreamReader({ config, key, after: "0", onEntries }) : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#flush();
    await this.#reader?.[Symbol.asyncDispose]();
  }

  #keep(event: FerricEvent): void {
    if (this.#waiting.length >= LIMIT || !this.#options.link.up) return;
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => void this.#flush(), FLUSH_MS);
  }

  async #flush(): Promise<void> {
    this.#timer = null;
    const { link, key, log } = this.#options;
    const events = this.#waiting;
    this.#waiting = [];
    if (events.length === 0 || !link.up) return;
    try {
      const all = link.redis.pipeline();
      for (const event of events)
        all.xadd(key, "MAXLEN", "~", STREAM_LENGTH, "*", "e", JSON.stringify({ origin: this.#origin, event }));
      await all.exec();
    } catch (error) {
      log.debug({ reason: reasonOf(error), events: events.length }, "events did not reach other processes");
    }
  }

  #hear(text: string): void {
    const told: unknown = JSON.parse(text);
    if (typeof told !== "object" || told === null || !("origin" in told) || !("event" in told)) return;
    if (told.origin === this.#origin || !isEvent(told.event)) return;
    this.#options.bus.accept(told.event);
  }
}

/** Readers skip the types they do not know, so the frame is all that counts. */
function isEvent(value: unknown): value is FerricEvent {
  if (typeof value !== "object" || value === null) return false;
  const { v, type, at, node } = value as Record<string, unknown>;
  return (
    typeof v === "number" &&
    typeof type === "string" &&
    typeof at === "string" &&
    (node === null || typeof node === "string")
  );
}
