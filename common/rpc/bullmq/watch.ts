/**
 * Looks after calls that wait for their answer: ends those whose conductor went away, sends again what Redis may have
 * lost, and fetches replies that only the ledger still has. Whether a call may be called off, the ledger says.
 */
import { ConductorLost, QueueUnavailable } from "../../errors/driver.ts";
import { reasonOf } from "../../errors/fault.ts";
import type { Logger } from "../../log.ts";
import type { Reply } from "../contract.ts";
import type { CallLedger, LedgerEntry } from "../ledger.ts";
import { isOnce } from "../method-effects.ts";
import { CallNotTaken } from "../transport.ts";
import type { Keys } from "./options.ts";
import type { PendingCall, PendingCalls } from "./pending-calls.ts";
import type { RedisLink } from "./redis-link.ts";

const EVERY_MS = 500;
/** Calls younger than this are left to the ordinary way. */
const YOUNG_MS = 1000;
/** Every so many looks the ledger is asked for replies too. */
const LEDGER_EVERY = 4;
/** A conductor whose presence is missing for this long is gone, not just starting. */
const ABSENT_MS = 2000;
/** Calls survive a restart of Redis that is shorter than this. */
const REDIS_AWAY_MS = 3000;

export interface WatchOptions {
  readonly link: RedisLink;
  readonly keys: Keys;
  readonly ledger: CallLedger;
  readonly log: Logger;
  readonly pending: PendingCalls;
  submit(pending: PendingCall): Promise<void>;
  /** Takes the call off the queue. */
  forget(pending: PendingCall): void;
}

export class Watch implements Disposable {
  readonly #options: WatchOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #absentSince = new Map<string, number>();
  readonly #resend = () => void this.#sendAgain(this.#options.pending.olderThan(0));
  #looking = false;
  #looks = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    options.link.on("up", this.#resend);
    this.#timer = setInterval(() => void this.#look(), EVERY_MS);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#options.link.off("up", this.#resend);
  }

  /** Ends the call with `error` if nobody has it in hands; else it goes on waiting, or ends with its reply. */
  async giveUp(pending: PendingCall, error: Error): Promise<void> {
    const entry = await this.#withdraw(pending);
    if (entry === null) this.#fail(pending, error);
    else if (!this.#settleFrom(pending, entry)) pending.claimed = true;
  }

  /** Ends the call now, with its reply if there is one and else with `error`; what nobody has taken, nobody will. */
  async end(pending: PendingCall, error: Error): Promise<void> {
    const entry = await this.#withdraw(pending);
    if (entry === null || !this.#settleFrom(pending, entry)) this.#fail(pending, error);
  }

  /** Null: nobody has the call in hands. */
  async #withdraw(pending: PendingCall): Promise<LedgerEntry | null> {
    const { ledger, forget, log } = this.#options;
    const { call } = pending;
    if (!isOnce(call.method)) {
      forget(pending);
      return null;
    }
    try {
      const entry = await ledger.withdraw(call);
      if (entry === null) forget(pending);
      return entry;
    } catch (error) {
      log.warn({ method: call.method, reason: reasonOf(error) }, "a call could not be called off");
      return { owner: null, reply: null };
    }
  }

  async #look(): Promise<void> {
    const { link, pending } = this.#options;
    if (this.#looking || (pending.size === 0 && this.#absentSince.size === 0)) return;
    this.#looking = true;
    try {
      const waiting = pending.olderThan(YOUNG_MS);
      if (link.downFor > REDIS_AWAY_MS) await this.#callOff(waiting, QueueUnavailable({}));
      else if (link.up) await this.#lookAtHosts(waiting);
      if (this.#looks++ % LEDGER_EVERY === 0) await this.#askLedger(waiting);
    } catch (error) {
      this.#options.log.debug({ reason: reasonOf(error) }, "waiting calls could not be looked after");
    } finally {
      this.#looking = false;
    }
  }

  async #lookAtHosts(waiting: readonly PendingCall[]): Promise<void> {
    const hosts = [...new Set(waiting.map(({ host }) => host))];
    // How long one was missing counts only while it is looked at.
    for (const host of this.#absentSince.keys()) if (!hosts.includes(host)) this.#absentSince.delete(host);
    if (hosts.length === 0) return;
    const { link, keys } = this.#options;
    const sessions = await link.redis.mget(hosts.map((host) => keys.presence(host)));
    for (const [at, host] of hosts.entries()) {
      const calls = waiting.filter((pending) => pending.host === host);
      const session = sessions[at] ?? null;
      if (session === null) await this.#missing(host, calls);
      else await this.#present(host, session, calls);
    }
  }

  async #missing(host: string, calls: readonly PendingCall[]): Promise<void> {
    const now = performance.now();
    const since = this.#absentSince.get(host) ?? now;
    this.#absentSince.set(host, since);
    if (now - since < ABSENT_MS) return;
    for (const pending of calls) {
      if (pending.claimed) await this.end(pending, ConductorLost({ method: pending.call.method }));
      else await this.giveUp(pending, new CallNotTaken(pending.call.params));
    }
  }

  /** A conductor that was started anew answers nothing that the one before had in hands. */
  async #present(host: string, session: string, calls: readonly PendingCall[]): Promise<void> {
    this.#absentSince.delete(host);
    const moved = calls.filter((pending) => pending.session !== session);
    if (moved.length === 0) return;
    const entries = await this.#options.ledger.find(moved.map(({ call }) => call.id));
    const again = moved.filter((pending) => {
      const entry = entries.get(pending.call.id);
      if (entry !== undefined && this.#settleFrom(pending, entry)) return false;
      pending.session = session;
      if (entry === undefined || entry.owner === session) return true;
      this.#fail(pending, ConductorLost({ method: pending.call.method }));
      return false;
    });
    await this.#sendAgain(again);
  }

  async #callOff(waiting: readonly PendingCall[], error: Error): Promise<void> {
    for (const pending of waiting) if (!pending.claimed) await this.giveUp(pending, error);
  }

  async #sendAgain(calls: readonly PendingCall[]): Promise<void> {
    const sent = await Promise.allSettled(calls.map((pending) => this.#options.submit(pending)));
    const failed = sent.filter(({ status }) => status === "rejected").length;
    if (failed > 0) this.#options.log.warn({ failed }, "calls could not be queued again");
  }

  async #askLedger(waiting: readonly PendingCall[]): Promise<void> {
    const ids = waiting.flatMap(({ call }) => (isOnce(call.method) ? [call.id] : []));
    if (ids.length === 0) return;
    const entries = await this.#options.ledger.find(ids);
    for (const pending of waiting) {
      const entry = entries.get(pending.call.id);
      if (entry !== undefined) this.#settleFrom(pending, entry);
    }
  }

  /** Whether the entry has the reply. */
  #settleFrom(pending: PendingCall, { reply }: LedgerEntry): boolean {
    if (reply === null) return false;
    this.#options.pending.take(pending.call.id)?.settle(JSON.parse(reply) as Reply<unknown>);
    return true;
  }

  #fail(pending: PendingCall, error: Error): void {
    this.#options.pending.take(pending.call.id)?.fail(error);
  }
}
