/**
 * What was last said to each machine's controller, in memory: bounded by number, bytes and age. Whoever speaks to a
 * controller leaves secrets out; here they are masked once more, when the log is read.
 */
import type { BmcExchange, LoggedExchange } from "../common/bmc-exchange.ts";
import type { Config } from "../common/config/config.ts";
import { maskTexts } from "../common/mask-texts.ts";

export interface BmcLogLimits {
  readonly entriesPerNode: number;
  /** Of all nodes. */
  readonly bytes: number;
  readonly keepMs: number;
}

interface Entry {
  readonly exchange: BmcExchange;
  readonly at: number;
  readonly bytes: number;
}

interface Ring {
  readonly entries: Entry[];
  bytes: number;
}

/** What an entry takes beside its texts, about. */
const OVERHEAD = 150;
const TEXT_LIMIT = 2048;

export class BmcLog {
  readonly #limits: BmcLogLimits;
  readonly #clock: () => number;
  /** The node that was spoken to last comes last. */
  readonly #rings = new Map<string, Ring>();
  #bytes = 0;

  /** Null: nothing is to be remembered. */
  static ofConfig({ bmc_log: log }: Config, clock: () => number): BmcLog | null {
    if (!log.enabled) return null;
    const limits = { entriesPerNode: log.max_entries_per_node, bytes: log.max_memory * 2 ** 20 };
    return new BmcLog({ ...limits, keepMs: log.keep_seconds * 1000 }, clock);
  }

  constructor(limits: BmcLogLimits, clock: () => number = Date.now) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** About how much memory it takes. */
  get bytes(): number {
    return this.#bytes;
  }

  note(node: string, exchange: BmcExchange): void {
    const texts = {
      request: cut(exchange.request),
      answer: cutOrNull(exchange.answer),
      fault: cutOrNull(exchange.fault),
    };
    const length = texts.request.length + (texts.answer?.length ?? 0) + (texts.fault?.length ?? 0);
    const entry: Entry = { exchange: { ...exchange, ...texts }, at: this.#clock(), bytes: length + OVERHEAD };
    this.#forgetSilent(entry.at);
    const ring = this.#rings.get(node) ?? { entries: [], bytes: 0 };
    this.#rings.delete(node);
    this.#rings.set(node, ring);
    ring.entries.push(entry);
    ring.bytes += entry.bytes;
    this.#bytes += entry.bytes;
    if (ring.entries.length > this.#limits.entriesPerNode) this.#dropOldest(node, ring);
    while (this.#bytes > this.#limits.bytes && this.#rings.size > 0) this.#makeRoom(node, ring);
  }

  /** Oldest first. */
  of(node: string): readonly LoggedExchange[] {
    const ring = this.#rings.get(node);
    if (ring === undefined) return [];
    const oldest = this.#clock() - this.#limits.keepMs;
    while ((ring.entries[0]?.at ?? oldest) < oldest) this.#dropOldest(node, ring);
    return ring.entries.map(({ at, exchange: { protocol, address, request, answer, fault, ms } }) => ({
      at: new Date(at).toISOString(),
      protocol,
      address,
      request: maskTexts(request),
      answer: answer === null ? null : maskTexts(answer),
      fault: fault === null ? null : maskTexts(fault),
      ms: Math.round(ms * 10) / 10,
    }));
  }

  /** Nodes that nothing is kept of any more: one with every exchange is enough to keep up. */
  #forgetSilent(now: number): void {
    const [longestSilent] = this.#rings;
    if (longestSilent === undefined) return;
    const [node, ring] = longestSilent;
    if ((ring.entries.at(-1)?.at ?? 0) >= now - this.#limits.keepMs) return;
    this.#bytes -= ring.bytes;
    this.#rings.delete(node);
  }

  /** Whoever has more than an even share gives first, then who was not spoken to for longest. */
  #makeRoom(node: string, ring: Ring): void {
    const share = this.#limits.bytes / this.#rings.size;
    const [longestSilent] = this.#rings;
    const givesItself = ring.entries.length > 1 && ring.bytes > share;
    if (givesItself || longestSilent === undefined) this.#dropOldest(node, ring);
    else this.#dropOldest(...longestSilent);
  }

  #dropOldest(node: string, ring: Ring): void {
    const dropped = ring.entries.shift();
    const bytes = dropped?.bytes ?? 0;
    ring.bytes -= bytes;
    this.#bytes -= bytes;
    if (ring.entries.length === 0) this.#rings.delete(node);
  }
}

function cut(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)} ...` : text;
}

function cutOrNull(text: string | null): string | null {
  return text === null ? null : cut(text);
}
