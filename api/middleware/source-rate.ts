/**
 * How many requests an address may send to what asks for no credentials: a token bucket each. Memory is bounded: beyond
 * the most addresses the one seen longest ago is forgotten, which gives it a full bucket again.
 */
import type { BlockList } from "node:net";
import type { Config } from "../../common/config/config.ts";
import type { FaultFactory } from "../../common/errors/fault.ts";
import { TooManyRequests } from "../../common/errors/request.ts";
import { familyOf, networkList, sourceOf } from "../../common/networks.ts";

interface Bucket {
  tokens: number;
  /** Milliseconds of the clock. */
  at: number;
}

const MOST_SOURCES = 16_384;

export interface Rate {
  /** Requests a second, a whole number; 0: no limit. */
  readonly perSecond: number;
  readonly burst: number;
  /** ADDRESS/PREFIX */
  readonly exempt: readonly string[];
  readonly refusal: FaultFactory<{ source: string; limit: number }>;
}

export class SourceRate {
  readonly #rate: Rate;
  readonly #exempt: BlockList;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#exempt = networkList(rate.exempt);
    this.#now = now;
  }

  static ofRamdisks({ api }: Config): SourceRate {
    return new SourceRate({
      perSecond: api.ramdisk_rate_limit,
      burst: api.ramdisk_rate_burst,
      exempt: api.ramdisk_rate_exempt_networks,
      refusal: TooManyRequests,
    });
  }

  /** Addresses that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** @throws the rate's refusal */
  admit(address: string): void {
    const { perSecond, burst } = this.#rate;
    if (perSecond === 0 || this.#exempt.check(address, familyOf(address))) return;
    const source = sourceOf(address);
    const now = this.#now();
    const before = this.#buckets.get(source) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, before.tokens + ((now - before.at) / 1000) * perSecond);
    this.#buckets.delete(source);
    this.#buckets.set(source, { tokens: tokens < 1 ? tokens : tokens - 1, at: now });
    if (this.#buckets.size > MOST_SOURCES) this.#forgetOldest();
    if (tokens < 1) throw this.#rate.refusal({ source, limit: perSecond });
  }

  #forgetOldest(): void {
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}
