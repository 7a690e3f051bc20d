/**
 * A conductor that serves calls says so in Redis by a key that it keeps renewing. Callers look there first: a call to
 * a conductor that is stopped, frozen or dead is refused at once instead of waiting for its deadline.
 */
import { reasonOf } from "../../errors/fault.ts";
import type { Logger } from "../../log.ts";
import type { RedisLink } from "./redis-link.ts";

const RENEW_MS = 1500;
/** Longer than a stall of an event loop, shorter than a client likes to wait. */
const LIFETIME_MS = 5000;

/** Takes the key unless another session holds it. */
const RENEW = `local held = redis.call("GET", KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call("SET", KEYS[1], ARGV[1], "PX", ARGV[2])
return 1`;
const LEAVE = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) end
return 0`;

export interface PresenceOptions {
  readonly link: RedisLink;
  readonly key: string;
  readonly session: string;
  readonly log: Logger;
  /** Another session serves under the same name now. */
  onReplaced(): void;
}

export class Presence implements AsyncDisposable {
  readonly #options: PresenceOptions;
  readonly #renew = () => void this.#say(false);
  #timer: NodeJS.Timeout | null = null;
  #left = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
  }

  /** Takes the name, also from a session that was there before. */
  async start(): Promise<void> {
    this.#timer = setInterval(this.#renew, RENEW_MS);
    this.#options.link.on("up", this.#renew);
    await this.#say(true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    if (this.#left) return;
    this.#left = true;
    const { link, key, session, log } = this.#options;
    await link.redis
      .eval(LEAVE, 1, key, session)
      .catch((error) => log.debug({ reason: reasonOf(error) }, "presence runs out by itself"));
  }

  #stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#options.link.off("up", this.#renew);
  }

  async #say(first: boolean): Promise<void> {
    const { link, key, session, log } = this.#options;
    if (!link.up || this.#left) return;
    try {
      if (first) await link.redis.set(key, session, "PX", LIFETIME_MS);
      else if ((await link.redis.eval(RENEW, 1, key, session, LIFETIME_MS)) === 0) this.#replaced();
    } catch (error) {
      log.debug({ reason: reasonOf(error) }, "presence could not be renewed");
    }
  }

  #replaced(): void {
    if (this.#left) return;
    this.#left = true;
    this.#stop();
    this.#options.onReplaced();
  }
}
