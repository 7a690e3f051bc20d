/**
 * Notifications over RabbitMQ as oslo.messaging 2.0 sends them: a topic exchange of the service, a queue for each topic and
 * priority that keeps what no consumer has taken yet, a JSON text in a JSON envelope. Confirmed one by one; while RabbitMQ
 * is away they wait in front of it.
 */
import { setTimeout as pause } from "node:timers/promises";
import { type ChannelModel, type ConfirmChannel, connect } from "amqplib";
import { reasonOf } from "../../common/errors/fault.ts";
import type { JsonObject } from "../../common/json.ts";
import type { Logger } from "../../common/log.ts";
import type { Sink } from "./sinks.ts";

const EXCHANGE = "ironic";
const CONNECT_MS = 5000;
const HEARTBEAT_SECONDS = 20;
/** Between two tries; it doubles up to the longest. */
const [FIRST_PAUSE_MS, LONGEST_PAUSE_MS] = [500, 15_000];
/** For each answer of RabbitMQ. */
const ANSWER_MS = 10_000;
const FAREWELL_MS = 1000;

interface Open {
  readonly connection: ChannelModel;
  /** Ends the socket: to a goodbye the library waits for an answer, for ever where the connection is lost meanwhile. */
  readonly socket: AbortController;
  readonly channel: ConfirmChannel;
  readonly queues: Set<string>;
}

export class AmqpSink implements Sink {
  readonly #url: string;
  readonly #isDurable: boolean;
  readonly #log: Logger;
  readonly #answerMs: number;
  readonly #closing = new AbortController();
  #open: Open | null = null;

  constructor(url: string, isDurable: boolean, log: Logger, answerMs = ANSWER_MS) {
    this.#url = url.replace(/^rabbit:/, "amqp:");
    this.#isDurable = isDurable;
    this.#log = log;
    this.#answerMs = answerMs;
  }

  async send(key: string, envelope: JsonObject): Promise<void> {
    const message = { ...envelope, _unique_id: crypto.randomUUID().replaceAll("-", "") };
    const body = Buffer.from(JSON.stringify({ "oslo.version": "2.0", "oslo.message": JSON.stringify(message) }));
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(LONGEST_PAUSE_MS, wait * 2)) {
      this.#closing.signal.throwIfAborted();
      try {
        await this.#publish(key, body);
        return;
      } catch (error) {
        if (this.#closing.signal.aborted) await this.#drop();
        this.#closing.signal.throwIfAborted();
        this.#log.warn(
          { reason: reasonOf(error), seconds: wait / 1000 },
          "RabbitMQ takes no notification; tried again",
        );
        await this.#drop();
        await pause(wait, undefined, { signal: this.#closing.signal });
      }
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the service stops"));
    await this.#drop();
  }

  async #publish(key: string, body: Buffer): Promise<void> {
    const open = this.#open ?? (await this.#connect());
    this.#open = open;
    // It may have come about after all was closed.
    this.#closing.signal.throwIfAborted();
    const { channel, queues } = open;
    if (!queues.has(key)) {
      const kept = { durable: this.#isDurable, autoDelete: false };
      await this.#answered(channel.assertExchange(EXCHANGE, "topic", kept));
      await this.#answered(channel.assertQueue(key, kept));
      await this.#answered(channel.bindQueue(key, EXCHANGE, key));
      queues.add(key);
    }
    const options = { contentType: "application/json", contentEncoding: "utf-8", persistent: true };
    await this.#answered(confirmed((done) => channel.publish(EXCHANGE, key, body, options, done)));
  }

  async #connect(): Promise<Open> {
    const url = new URL(this.#url);
    url.searchParams.set("heartbeat", String(HEARTBEAT_SECONDS));
    const socket = new AbortController();
    // Handed on to net.connect or tls.connect.
    const options = { timeout: CONNECT_MS, signal: socket.signal };
    const connection = await connect(url.href, options);
    const gone = () => {
      if (this.#open?.connection === connection) this.#open = null;
    };
    connection.on("error", gone);
    connection.on("close", gone);
    try {
      const channel = await this.#answered(connection.createConfirmChannel());
      channel.on("error", gone);
      return { connection, socket, channel, queues: new Set() };
    } catch (error) {
      socket.abort();
      throw error;
    }
  }

  async #drop(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    if (open === null) return;
    await within(FAREWELL_MS, open.connection.close()).catch(() => {});
    open.socket.abort();
  }

  #answered<T>(answer: Promise<T>): Promise<T> {
    return within(this.#answerMs, answer);
  }
}

/** @throws Error when it takes longer */
async function within<T>(ms: number, answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** @throws Error when RabbitMQ refuses it */
function confirmed(publish: (done: (error: unknown) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    publish((error) => {
      if (error === null || error === undefined) resolve();
      else reject(error instanceof Error ? error : new Error(String(error)));
    });
  });
}
