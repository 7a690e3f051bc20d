/** Sends notifications in the order in which things happened, without anybody waiting for it; what cannot be sent is counted. */
import { hostname } from "node:os";
import type { Writes } from "../../api/services.ts";
import type { Config } from "../../common/config/config.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import type { EventBus } from "../../common/events.ts";
import type { Logger } from "../../common/log.ts";
import type { NodeReadings } from "../../common/sensor-board.ts";
import { Counts } from "../../common/tallies.ts";
import type { Stores } from "../../db/contract.ts";
import { envelopeOf, type Notification, PRIORITIES } from "./notification.ts";
import { type Sink, sinkOf } from "./sinks.ts";
import { concerns, notificationOf, readingsNotification } from "./sources.ts";
import { watchedWrites } from "./watched-writes.ts";

export interface NotifierDeps {
  readonly config: Config;
  readonly stores: Pick<Stores, "nodes">;
  readonly events: EventBus;
  readonly log: Logger;
}

/** How long what is left may take when the service stops. */
const FAREWELL_MS = 2000;

export class Notifier implements AsyncDisposable {
  readonly #deps: NotifierDeps;
  readonly #sink: Sink;
  readonly #least: number;
  readonly #unsubscribe: () => void;
  /** By what became of them: sent, failed or dropped. */
  readonly counts = new Counts();
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #dropped = 0;
  #stopped = false;

  /** Null where nobody is to be notified. @throws Error when the sink needs an address and has none */
  static async of(deps: NotifierDeps): Promise<Notifier | null> {
    const { notification_level: level } = deps.config.DEFAULT;
    const sink = level === "" ? null : await sinkOf(deps.config, deps.log);
    return level === "" || sink === null ? null : new Notifier(deps, sink, PRIORITIES.indexOf(level));
  }

  private constructor(deps: NotifierDeps, sink: Sink, least: number) {
    this.#deps = deps;
    this.#sink = sink;
    this.#least = least;
    // Other processes tell of theirs themselves.
    this.#unsubscribe = deps.events.subscribe((event, from) => {
      if (from === "here" && concerns(event)) this.#soon(() => notificationOf(event, this.#read));
    });
  }

  readonly watch = (writes: Writes): Writes =>
    watchedWrites(writes, (notification) => this.#soon(async () => notification));

  tellReadings(readings: NodeReadings): void {
    this.#soon(async () => readingsNotification(readings, new Date()));
  }

  /** Those that are not sent yet. */
  get waiting(): number {
    return this.#waiting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#unsubscribe();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FAREWELL_MS);
    });
    await Promise.race([this.#last, late]);
    clearTimeout(timer);
    this.#stopped = true;
    if (this.#waiting > 0)
      this.#deps.log.warn({ left: this.#waiting }, "the service stops with notifications not sent");
    await this.#sink.close();
  }

  readonly #read = (uuid: string) => this.#deps.stores.nodes.find(uuid);

  /** One after the other: a node's end must not overtake its start. */
  #soon(make: () => Promise<Notification | null>): void {
    const { max_waiting } = this.#deps.config.oslo_messaging_notifications;
    if (this.#waiting >= max_waiting) {
      this.#dropped++;
      this.counts.of("dropped").add();
      return;
    }
    this.#waiting++;
    // Made at once, of the record as it is now; sent in turn.
    const made = make();
    this.#last = Promise.allSettled([made, this.#last])
      .then(() => made)
      .then((notification) => this.#send(notification))
      .catch((error: unknown) => {
        this.counts.of("failed").add();
        if (!this.#stopped) this.#deps.log.warn({ error: reasonOf(error) }, "a notification could not be sent");
      })
      .finally(() => {
        this.#waiting--;
      });
  }

  async #send(notification: Notification | null): Promise<void> {
    if (notification === null || PRIORITIES.indexOf(notification.priority) < this.#least) return;
    const { config, log } = this.#deps;
    const { host } = config.DEFAULT;
    const { versioned_notifications_topics: versioned } = config.DEFAULT;
    const topics = notification.isVersioned ? versioned : config.oslo_messaging_notifications.topics;
    const envelope = envelopeOf(notification, host === "" ? hostname() : host, new Date());
    for (const topic of topics) await this.#sink.send(`${topic}.${notification.priority}`, envelope);
    this.counts.of("sent").add();
    if (this.#dropped === 0) return;
    log.warn({ dropped: this.#dropped }, "notifications were dropped: the one that takes them was away");
    this.#dropped = 0;
  }
}
