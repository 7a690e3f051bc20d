/**
 * The serving side of the queue: takes the calls to one conductor and carries each out once. A call leaves the queue as
 * soon as it is claimed, so the queue never runs it again; what becomes of it afterwards is a matter of reply and ledger.
 */
import { type Job, Worker } from "bullmq";
import type { Config } from "../../config/config.ts";
import { reasonOf, toFault } from "../../errors/fault.ts";
import type { Logger } from "../../log.ts";
import { answerCall } from "../answer.ts";
import type { Call, Handlers, Reply } from "../contract.ts";
import type { CallLedger } from "../ledger.ts";
import { EFFECTS, isOnce } from "../method-effects.ts";
import { type Envelope, type Envelopes, refusal } from "./envelope.ts";
import { connectionOptions, type Keys, queueName } from "./options.ts";
import { Outbox } from "./outbox.ts";
import { Presence } from "./presence.ts";
import type { RedisLink } from "./redis-link.ts";
import { WorkerRedis } from "./worker-redis.ts";

/**
 * A worker fetches one job after the other before it begins with the first: over a slow connection many small workers
 * get through a queue where one with many slots would stand still.
 */
const WORKERS = 4;
const CLAIMS_PER_WORKER = 4;
const RUNNING_LIMIT = 2000;
/** A job is in a worker's hands only while it is claimed. */
const LOCK_MS = 5000;
const STALLED_MS = 2000;
const RETRY_MS = 500;
/** How long a caller may still wait whose call cannot be read. */
const REFUSAL_MS = 60_000;
/** How long closing may take when Redis does not answer. */
const CLOSE_MS = 3000;

export interface CallServerOptions {
  readonly config: Config;
  readonly link: RedisLink;
  readonly keys: Keys;
  readonly host: string;
  readonly handlers: Handlers;
  readonly ledger: CallLedger;
  readonly envelopes: Envelopes;
  readonly log: Logger;
  onUnexpected(error: unknown, call: Call): void;
}

export class CallServer implements AsyncDisposable {
  readonly #options: CallServerOptions;
  readonly #session = crypto.randomUUID();
  readonly #running = new Set<Promise<void>>();
  readonly #presence: Presence;
  readonly #outbox: Outbox;
  readonly #redis: WorkerRedis;
  readonly #workers: readonly Worker[];
  #closed: Promise<void> | null = null;

  constructor(options: CallServerOptions) {
    const { config, link, keys, host, log } = options;
    this.#options = options;
    this.#outbox = new Outbox(link);
    const key = keys.presence(host);
    const onReplaced = () => {
      log.error({ host }, "another process serves the calls to this conductor now");
      for (const worker of this.#workers) void worker.pause(true);
    };
    this.#presence = new Presence({ link, key, session: this.#session, log, onReplaced });
    this.#redis = new WorkerRedis({ ...connectionOptions(config), maxRetriesPerRequest: null });
    this.#redis.on("error", (error: unknown) => log.debug({ reason: reasonOf(error) }, "queue of calls"));
    this.#workers = Array.from({ length: WORKERS }, (_, at) => this.#worker(at === 0));
  }

  /** Resolves once callers see that the conductor serves; at once while Redis is away. */
  start(): Promise<void> {
    return this.#presence.start();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // Callers go elsewhere first, then the calls that were taken end.
    await this.#presence[Symbol.asyncDispose]();
    await within(CLOSE_MS, Promise.allSettled(this.#workers.map((worker) => worker.close())));
    this.#redis.disconnectAll();
    await Promise.all(this.#running);
    this.#outbox[Symbol.dispose]();
  }

  /** One of them looks for jobs of a process that died with them in hands. */
  #worker(checksStalled: boolean): Worker {
    const { keys, host, log } = this.#options;
    const worker = new Worker(queueName(host), (job) => this.#take(job), {
      prefix: keys.queues,
      connection: this.#redis,
      concurrency: CLAIMS_PER_WORKER,
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_MS,
      skipStalledCheck: !checksStalled,
      // Claims are short, and the timer for it outlives a worker that is closed while Redis is away.
      skipLockRenewal: true,
      runRetryDelay: RETRY_MS,
      removeOnComplete: { count: 0 },
      removeOnFail: { count: 0 },
    });
    worker.on("error", (error) => log.debug({ reason: reasonOf(error) }, "queue of calls"));
    return worker;
  }

  /** Ends when the call is claimed, or need not be: the queue forgets it then. */
  async #take(job: Job): Promise<void> {
    const envelope = this.#opened(job);
    if (envelope === null) {
      this.#options.log.warn({ job: job.id }, "something in the queue of calls is no call; dropped");
      return;
    }
    while (this.#running.size >= RUNNING_LIMIT) await Promise.race(this.#running);
    const { call } = envelope;
    if (Date.now() > call.deadline) {
      this.#options.log.warn(
        { method: call.method, request_id: call.context.request_id },
        "call came too late; dropped",
      );
      return;
    }
    if (this.#closed !== null) throw new Error("this conductor takes no calls any more");
    if (isOnce(call.method) && !(await this.#claim(envelope))) return;
    const work = this.#carryOut(envelope);
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  /** Null for what is no call of ours; who sealed it with other keys is told so. */
  #opened(job: Job): Envelope | null {
    const { envelopes, host, log } = this.#options;
    try {
      return envelopes.unwrap(job.data, host);
    } catch (error) {
      log.error({ reason: reasonOf(error) }, "a call in the queue cannot be decrypted");
      const { replyTo } = job.data as { replyTo?: unknown };
      if (typeof replyTo === "string" && job.id !== undefined)
        void this.#outbox.send(replyTo, refusal(job.id), Date.now() + REFUSAL_MS);
      return null;
    }
  }

  /** False when it was claimed before: then only its reply is sent again. */
  async #claim({ call, replyTo }: Envelope): Promise<boolean> {
    const { ledger, log } = this.#options;
    try {
      if (await ledger.claim(call, this.#session)) return true;
      const reply = (await ledger.find([call.id])).get(call.id)?.reply;
      log.debug({ method: call.method, answered: reply != null }, "call was delivered again");
      if (reply != null) void this.#post(call, replyTo, reply);
    } catch (error) {
      // A database that is away: nothing was done, and the caller hears so at once.
      void this.#post(call, replyTo, JSON.stringify({ ok: false, fault: toFault(error) }));
    }
    return false;
  }

  async #carryOut({ call, replyTo }: Envelope): Promise<void> {
    const { handlers, ledger, log } = this.#options;
    const reply = await answerCall(handlers, call, this.#options.onUnexpected);
    const text = this.#asText(reply, call);
    const sending = this.#post(call, replyTo, text);
    if (EFFECTS[call.method] === "once")
      await ledger
        .answer(call.id, text)
        .catch((error) => log.warn({ method: call.method, reason: reasonOf(error) }, "a reply could not be kept"));
    await sending;
  }

  #post(call: Call, replyTo: string, reply: string): Promise<boolean> {
    return this.#outbox.send(replyTo, this.#options.envelopes.wrapReply(call.id, reply), call.deadline);
  }

  #asText(reply: Reply<unknown>, call: Call): string {
    try {
      return JSON.stringify(reply);
    } catch (error) {
      this.#options.onUnexpected(error, call);
      return JSON.stringify({ ok: false, fault: { name: "InternalError", code: 500, message: "No answer" } });
    }
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((done) => {
    timer = setTimeout(done, ms);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
