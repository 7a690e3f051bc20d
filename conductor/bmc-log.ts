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

/** In two orders: of its node, and of all. */
interface Entry {
  readonly node: string;
  readonly exchange: BmcExchange;
  readonly at: number;
  readonly bytes: number;
  older: Entry | null;
  newer: Entry | null;
}

/** What an entry takes beside its texts, about. */
const OVERHEAD = 150;
const TEXT_LIMIT = 2048;

export class BmcLog {
  readonly #limits: BmcLogLimits;
  readonly #clock: () => number;
  /** Oldest first. */
  readonly #byNode = new Map<string, Entry[]>();
  #oldest: Entry | null = null;
  #newest: Entry | null = null;
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
    const entry: Entry = {
      node,
      exchange: { ...exchange, ...texts },
      at: this.#clock(),
      bytes: length + OVERHEAD,
      older: this.#newest,
      newer: null,
    };
    const entries = this.#byNode.get(node);
    if (entries === undefined) this.#byNode.set(node, [entry]);
    else entries.push(entry);
    if (this.#newest === null) this.#oldest = entry;
    else this.#newest.newer = entry;
    this.#newest = entry;
    this.#bytes += entry.bytes;
    const first = entries?.[0];
    if (first !== undefined && entries !== undefined && entries.length > this.#limits.entriesPerNode) this.#drop(first);
    this.#forget(entry.at);
  }

  /** Oldest first. */
  of(node: string): readonly LoggedExchange[] {
    this.#forget(this.#clock());
    return (this.#byNode.get(node) ?? []).map(
      ({ at, exchange: { protocol, address, request, answer, fault, ms } }) => ({
        at: new Date(at).toISOString(),
        protocol,
        address,
        request: maskTexts(request),
        answer: answer === null ? null : maskTexts(answer),
        fault: fault === null ? null : maskTexts(fault),
        ms: Math.round(ms * 10) / 10,
      }),
    );
  }

  /** What is too old, and what there is no room for; the oldest of all nodes goes first. */
  #forget(now: number): void {
    const { bytes, keepMs } = this.#limits;
    while (this.#oldest !== null && (this.#bytes > bytes || this.#oldest.at < now - keepMs)) this.#drop(this.#oldest);
  }

  /** The first of its node. */
  #drop(entry: Entry): void {
    const { node, older, newer, bytes } = entry;
    if (older === null) this.#oldest = newer;
    else older.newer = newer;
    if (newer === null) this.#newest = older;
    else newer.older = older;
    this.#bytes -= bytes;
    const entries = this.#byNode.get(node);
    entries?.shift();
    if (entries?.length === 0) this.#byNode.delete(node);
  }
}

function cut(text: string): string {
  return text.length > TEXT_LIMIT ? `${text.slice(0, TEXT_LIMIT)} ...` : text;
}

function cutOrNull(text: string | null): string | null {
  return text === null ? null : cut(text);
}
