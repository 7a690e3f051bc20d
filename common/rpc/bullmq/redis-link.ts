/**
 * A connection for commands that fail at once when Redis is not there: nothing is queued for later, and a Redis that
 * accepts connections but is silent counts as gone after one unanswered probe.
 */
import { EventEmitter } from "node:events";
import { Redis } from "ioredis";
import type { Config } from "../../config/config.ts";
import { reasonOf } from "../../errors/fault.ts";
import type { Logger } from "../../log.ts";
import { connectionOptions } from "./options.ts";

const PROBE_MS = 1000;

interface LinkEvents {
  up: [];
  down: [];
}

/** Emits `up` each time Redis answers again, `down` when it stops to. */
export class RedisLink extends EventEmitter<LinkEvents> implements AsyncDisposable {
  readonly redis: Redis;
  readonly #log: Logger;
  readonly #probe: NodeJS.Timeout;
  #up = false;
  #probing = false;
  #closed = false;
  #downSince = performance.now();

  constructor(config: Config, log: Logger) {
    super();
    this.#log = log;
    this.redis = new Redis({
      ...connectionOptions(config),
      commandTimeout: config.redis.command_timeout,
      maxRetriesPerRequest: 0,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
    });
    this.setMaxListeners(0);
    this.redis.on("ready", () => this.#turn(true));
    this.redis.on("close", () => this.#turn(false));
    // Each failed try ends here; the turns tell what matters.
    this.redis.on("error", (error: unknown) => log.debug({ reason: reasonOf(error) }, "Redis connection"));
    this.#probe = setInterval(() => void this.#ask(), PROBE_MS);
    this.#probe.unref();
  }

  /** Whether Redis answered last. */
  get up(): boolean {
    return this.#up;
  }

  /** Milliseconds since Redis stopped to answer; 0 while it does. */
  get downFor(): number {
    return this.#up ? 0 : performance.now() - this.#downSince;
  }

  /** A command has failed: calls are refused until Redis has answered a probe. */
  doubt(): void {
    this.#turn(false);
    void this.#ask();
  }

  /** Resolves once Redis answers; false when it does not within `ms`. */
  async untilUp(ms: number): Promise<boolean> {
    if (this.#up) return true;
    return await new Promise((resolve) => {
      const settle = (up: boolean) => {
        clearTimeout(timer);
        this.off("up", onUp);
        resolve(up);
      };
      const onUp = () => settle(true);
      const timer = setTimeout(() => settle(false), ms);
      this.on("up", onUp);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#probe);
    this.#closed = true;
    this.redis.disconnect();
  }

  /** The probe ends by the time limit of every command. */
  async #ask(): Promise<void> {
    if (this.#probing || this.redis.status !== "ready") return;
    this.#probing = true;
    try {
      await this.redis.ping();
      this.#turn(true);
    } catch {
      this.#turn(false);
    } finally {
      this.#probing = false;
    }
  }

  #turn(up: boolean): void {
    if (this.#up === up || this.#closed) return;
    this.#up = up;
    if (up) this.#log.info({}, "Redis answers");
    else {
      this.#downSince = performance.now();
      this.#log.warn({}, "Redis does not answer; calls to conductors are refused until it does");
    }
    this.emit(up ? "up" : "down");
  }
}
