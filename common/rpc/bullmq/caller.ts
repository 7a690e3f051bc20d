/**
 * The calling side of the queue. A call is put on its conductor's queue and answered over this process's own stream of
 * replies. While it waits, a watch looks after it: whether the conductor still serves, whether Redis lost it, whether
 * the ledger has the reply already (watch.ts).
 */
import { Queue } from "bullmq";
import type { Config } from "../../config/config.ts";
import { type Context, portable } from "../../context.ts";
import { ConductorBusy, ConductorTimeout, QueueUnavailable } from "../../errors/driver.ts";
import { fromFault, reasonOf } from "../../errors/fault.ts";
import type { Logger } from "../../log.ts";
import { CALL_VERSION, type Call, type Method, type Params, type Reply, type Result } from "../contract.ts";
import type { CallLedger } from "../ledger.ts";
import { CallNotTaken } from "../transport.ts";
import type { AddressedReply, Envelopes } from "./envelope.ts";
import { type Keys, queueName } from "./options.ts";
import { type PendingCall, PendingCalls } from "./pending-calls.ts";
import type { RedisLink } from "./redis-link.ts";
import { StreamReader } from "./stream-reader.ts";
import { Watch } from "./watch.ts";

/** The queue's own event stream, which nobody reads. */
const QUEUE_EVENTS = 100;

export interface CallerOptions {
  readonly config: Config;
  readonly link: RedisLink;
  readonly keys: Keys;
  readonly ledger: CallLedger;
  readonly envelopes: Envelopes;
  readonly log: Logger;
}

export class Caller implements AsyncDisposable {
  readonly #options: CallerOptions;
  readonly #replyTo: string;
  readonly #queues = new Map<string, Queue>();
  readonly #pending = new PendingCalls();
  readonly #reader: StreamReader;
  readonly #watch: Watch;

  constructor(options: CallerOptions) {
    const { config, link, keys, ledger, log } = options;
    this.#options = options;
    this.#replyTo = keys.replies(crypto.randomUUID());
    this.#reader = new StreamReader({
      config,
      key: this.#replyTo,
      after: "0",
      onEntries: (values, lastId) => this.#hear(values, lastId),
    });
    const submit = (pending: PendingCall) => this.#submit(pending);
    const forget = (pending: PendingCall) => this.#forget(pending);
    this.#watch = new Watch({ link, keys, ledger, log, pending: this.#pending, submit, forget });
  }

  async call<M extends Method>(
    host: string,
    method: M,
    params: Params<M>,
    context: Context,
    timeoutMs: number,
  ): Promise<Result<M>> {
    const { link, config } = this.#options;
    if (!link.up) throw QueueUnavailable({});
    const limit = config.redis.max_pending_calls;
    if (this.#pending.countOf(host) >= limit) throw ConductorBusy({ limit });
    const deadline = Date.now() + timeoutMs;
    const call: Call = {
      v: CALL_VERSION,
      id: crypto.randomUUID(),
      method,
      params,
      context: portable(context),
      deadline,
    };
    const reply = await this.#answered(call, host, timeoutMs, context.gone);
    if (!reply.ok) throw fromFault(reply.fault);
    return reply.value as Result<M>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch[Symbol.dispose]();
    await this.#reader[Symbol.asyncDispose]();
    for (const { call } of this.#pending.olderThan(0)) this.#pending.take(call.id)?.fail(QueueUnavailable({}));
    await Promise.allSettled([...this.#queues.values()].map((queue) => queue.close()));
    await this.#options.link.redis.del(this.#replyTo).catch(() => 0);
  }

  /** A call whose asker has gone is called off unless a conductor has begun it. */
  async #answered(call: Call, host: string, timeoutMs: number, gone?: AbortSignal): Promise<Reply<unknown>> {
    let undo = () => {};
    try {
      return await new Promise((settle, fail) => {
        const since = performance.now();
        const pending: PendingCall = { call, host, since, session: null, claimed: false, settle, fail };
        this.#pending.add(pending);
        const leave = () => void this.#watch.giveUp(pending, new CallNotTaken(call.params));
        gone?.addEventListener("abort", leave, { once: true });
        const timer = setTimeout(() => this.#expire(pending, timeoutMs), timeoutMs);
        undo = () => {
          clearTimeout(timer);
          gone?.removeEventListener("abort", leave);
        };
        void this.#send(pending);
      });
    } finally {
      undo();
    }
  }

  async #send(pending: PendingCall): Promise<void> {
    const { link, keys, log } = this.#options;
    try {
      const [session] = await Promise.all([link.redis.get(keys.presence(pending.host)), this.#submit(pending)]);
      pending.session = session;
      if (session === null) await this.#watch.giveUp(pending, new CallNotTaken(pending.call.params));
    } catch (error) {
      link.doubt();
      log.warn({ method: pending.call.method, reason: reasonOf(error) }, "a call could not be queued");
      // It may have been queued all the same: only the ledger can say that nobody will take it.
      await this.#watch.giveUp(pending, QueueUnavailable({}, error));
    }
  }

  /** Puts the call on the queue; a second time changes nothing while it is there. */
  async #submit({ call, host }: PendingCall): Promise<void> {
    const envelope = this.#options.envelopes.wrap({ call, replyTo: this.#replyTo }, host);
    const queue = this.#queueOf(host);
    try {
      await queue.add(call.method, envelope, {
        jobId: call.id,
        attempts: 1,
        removeOnComplete: true,
        removeOnFail: true,
      });
    } catch (error) {
      // A queue object that met a lost connection while it began is of no use any more.
      if (this.#queues.get(host) === queue) this.#queues.delete(host);
      void queue.close().catch(() => {});
      throw error;
    }
  }

  /** Takes a call off the queue that nobody wants any more; if it stays, its deadline and the ledger stop it. */
  #forget({ call, host }: PendingCall): void {
    if (!this.#options.link.up) return;
    const queue = this.#queueOf(host);
    void queue.remove(call.id).catch(() => 0);
  }

  #expire(pending: PendingCall, timeoutMs: number): void {
    const { method } = pending.call;
    void this.#watch.end(pending, ConductorTimeout({ method, seconds: timeoutMs / 1000 }));
  }

  #hear(values: readonly string[], lastId: string): void {
    for (const value of values) {
      const heard = this.#opened(value);
      if (heard !== null) this.#pending.take(heard.id)?.settle(heard.reply);
    }
    this.#options.link.redis.xtrim(this.#replyTo, "MINID", lastId).catch(() => 0);
  }

  #opened(text: string): AddressedReply | null {
    try {
      return this.#options.envelopes.unwrapReply(text);
    } catch (error) {
      this.#options.log.error({ reason: reasonOf(error) }, "a conductor's reply cannot be decrypted");
      return null;
    }
  }

  #queueOf(host: string): Queue {
    const known = this.#queues.get(host);
    if (known !== undefined) return known;
    const { link, keys, log } = this.#options;
    const queue = new Queue(queueName(host), {
      connection: link.redis,
      prefix: keys.queues,
      skipMetasUpdate: true,
      streams: { events: { maxLen: QUEUE_EVENTS } },
    });
    queue.on("error", (error) => log.debug({ reason: reasonOf(error) }, "queue of calls"));
    this.#queues.set(host, queue);
    return queue;
  }
}
