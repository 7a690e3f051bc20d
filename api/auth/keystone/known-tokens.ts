/**
 * What is known about tokens, so that Keystone is not asked with each request. A token that is used is asked about again
 * after [keystone_authtoken]revocation_cache_time; when no answer comes, what was known counts for token_cache_time.
 */
import type { Config } from "../../../common/config/config.ts";
import { AuthenticationUnavailable } from "../../../common/errors/access.ts";
import type { Logger } from "../../../common/log.ts";
import { BoundedCache } from "../bounded-cache.ts";
import { keyedHash } from "../keyed-hash.ts";
import { KeystoneAway } from "./exchange.ts";
import type { TokenFacts } from "./token-facts.ts";

const MOST_KNOWN = 10_000;
const REFUSED_MS = 10_000;
/** Questions under way; a few connections take hundreds a second. */
const MOST_UNDER_WAY = 256;
/** After a question without an answer, none is asked for so long: callers need not wait for the next one to fail. */
const AWAY_MS = 2000;
/** How long a caller whose token is known waits for it to be confirmed. */
const PATIENCE_MS = 2000;
/** Fernet and JWS tokens, and the hexadecimal ones of old: letters, digits and few signs. Anything else is none. */
const TOKEN = /^[A-Za-z0-9._~+/=-]{8,4096}$/;

interface Known {
  readonly facts: TokenFacts;
  /** When Keystone said so. Milliseconds of the clock. */
  readonly at: number;
}

export interface Validator {
  /** Null: the token is not valid. @throws KeystoneAway */
  validate(token: string, alsoExpired: boolean): Promise<TokenFacts | null>;
}

export class KnownTokens {
  readonly #validator: Validator;
  readonly #log: Logger;
  readonly #clock: () => number;
  readonly #keptMs: number;
  readonly #freshMs: number;
  readonly #known: BoundedCache<Known>;
  /** Of their own, so that guesses push out nothing that is valid. */
  readonly #refused: BoundedCache<true>;
  readonly #underWay = new Map<string, Promise<TokenFacts | null>>();
  #awayUntil = 0;
  /** Of the last answer of any kind. Milliseconds of the clock. */
  #answeredAt = 0;
  #isAway = false;

  constructor(
    validator: Validator,
    settings: Config["keystone_authtoken"],
    log: Logger,
    clock: () => number = Date.now,
  ) {
    this.#validator = validator;
    this.#log = log;
    this.#clock = clock;
    this.#keptMs = Math.max(0, settings.token_cache_time) * 1000;
    this.#freshMs = Math.min(settings.revocation_cache_time * 1000, this.#keptMs);
    this.#known = new BoundedCache(MOST_KNOWN, clock);
    this.#refused = new BoundedCache(MOST_KNOWN, clock);
  }

  /** Null: not valid. `alsoExpired` as Validator. @throws AuthenticationUnavailable */
  async ask(token: string, alsoExpired: boolean): Promise<TokenFacts | null> {
    if (!TOKEN.test(token)) return null;
    const key = keyedHash(alsoExpired ? "expired too" : "valid", token);
    const now = this.#clock();
    const known = this.#known.get(key);
    if (known === undefined)
      return this.#refused.get(key) === true ? null : await this.#question(key, token, alsoExpired);
    if (known.facts.expiresAt <= now && !alsoExpired) return null;
    if (now - known.at < this.#freshMs) return known.facts;
    return await this.#confirmed(known, this.#question(key, token, alsoExpired));
  }

  /** What Keystone says now, or what it said when it does not answer soon. */
  async #confirmed(known: Known, question: Promise<TokenFacts | null>): Promise<TokenFacts | null> {
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<TokenFacts>((resolve) => {
      timer = setTimeout(() => resolve(known.facts), PATIENCE_MS);
    });
    try {
      return await Promise.race([question.catch(() => known.facts), patience]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Who asks for the same meanwhile gets the same answer. @throws AuthenticationUnavailable */
  async #question(key: string, token: string, alsoExpired: boolean): Promise<TokenFacts | null> {
    const underWay = this.#underWay.get(key);
    if (underWay !== undefined) return await underWay;
    if (this.#clock() < this.#awayUntil) throw AuthenticationUnavailable({ reason: AWAY });
    if (this.#underWay.size >= MOST_UNDER_WAY)
      throw AuthenticationUnavailable({ reason: "too many tokens wait for Keystone" });
    const question = this.#validate(key, token, alsoExpired).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, question);
    return await question;
  }

  async #validate(key: string, token: string, alsoExpired: boolean): Promise<TokenFacts | null> {
    const asked = this.#clock();
    try {
      const facts = await this.#validator.validate(token, alsoExpired);
      this.#answeredAt = this.#clock();
      this.#keep(key, facts);
      if (this.#isAway) this.#log.info({}, "Keystone answers again");
      this.#isAway = false;
      return facts;
    } catch (error) {
      if (!(error instanceof KeystoneAway)) throw error;
      // Others that asked later have had answers: this one only was unlucky.
      if (this.#answeredAt <= asked) this.#awayUntil = this.#clock() + AWAY_MS;
      if (!this.#isAway) this.#log.error({ error }, "tokens cannot be checked; those that are known go on");
      this.#isAway = true;
      throw AuthenticationUnavailable({ reason: AWAY }, error);
    }
  }

  #keep(key: string, facts: TokenFacts | null): void {
    const now = this.#clock();
    if (facts === null) {
      this.#known.delete(key);
      if (this.#keptMs > 0) this.#refused.set(key, true, now + REFUSED_MS);
    } else if (this.#keptMs > 0) this.#known.set(key, { facts, at: now }, now + this.#keptMs);
  }
}

const AWAY = "the Keystone service is temporarily unavailable";
