/** Calls over BullMQ and Redis, for API and conductors in processes of their own. */
import type { Config } from "../../config/config.ts";
import type { Context } from "../../context.ts";
import type { KeyRing } from "../../encryption/key-ring.ts";
import type { EventBus } from "../../events.ts";
import type { Logger } from "../../log.ts";
import type { Call, Handlers, Method, Params, Result } from "../contract.ts";
import type { CallLedger } from "../ledger.ts";
import type { Transport } from "../transport.ts";
import { CallServer } from "./call-server.ts";
import { Caller } from "./caller.ts";
import { Envelopes } from "./envelope.ts";
import { EventRelay } from "./event-relay.ts";
import { type Keys, keysOf } from "./options.ts";
import { RedisLink } from "./redis-link.ts";

/** How often, and how long after their deadline, calls leave the ledger. */
const PURGE_EVERY_MS = 60_000;
const PURGE_GRACE_MS = 600_000;

export interface BullmqOptions {
  readonly config: Config;
  readonly ledger: CallLedger;
  /** Those that encrypt secrets: what is in Redis is encrypted with them too. */
  readonly keys: KeyRing;
  readonly log: Logger;
  onUnexpected(error: unknown, call: Call): void;
}

export class BullmqTransport implements Transport, AsyncDisposable {
  readonly link: RedisLink;
  readonly #options: BullmqOptions;
  readonly #keys: Keys;
  readonly #envelopes: Envelopes;
  readonly #serving = new Set<CallServer>();
  #caller: Caller | null = null;
  #relay: EventRelay | null = null;

  constructor(options: BullmqOptions) {
    this.#options = options;
    this.#keys = keysOf(options.config);
    this.#envelopes = new Envelopes(options.keys);
    this.link = new RedisLink(options.config, options.log);
  }

  /** Waits for Redis at most as long as one command may take; it may come later too. */
  static async open(options: BullmqOptions): Promise<BullmqTransport> {
    const transport = new BullmqTransport(options);
    await transport.link.untilUp(options.config.redis.command_timeout);
    return transport;
  }

  async call<M extends Method>(
    host: string,
    method: M,
    params: Params<M>,
    context: Context,
    timeoutMs = this.#options.config.DEFAULT.rpc_response_timeout * 1000,
  ): Promise<Result<M>> {
    const { config, ledger, log } = this.#options;
    this.#caller ??= new Caller({ config, ledger, log, envelopes: this.#envelopes, link: this.link, keys: this.#keys });
    return await this.#caller.call(host, method, params, context, timeoutMs);
  }

  async serve(host: string, handlers: Handlers): Promise<AsyncDisposable> {
    const { config, ledger, log, onUnexpected } = this.#options;
    const server = new CallServer({
      config,
      ledger,
      log,
      host,
      handlers,
      envelopes: this.#envelopes,
      link: this.link,
      keys: this.#keys,
      onUnexpected,
    });
    this.#serving.add(server);
    await server.start();
    const purge = () =>
      void ledger.purge(PURGE_GRACE_MS).catch((error) => log.debug({ error }, "old calls were not purged"));
    const purging = setInterval(purge, PURGE_EVERY_MS);
    purging.unref();
    return {
      [Symbol.asyncDispose]: async () => {
        clearInterval(purging);
        this.#serving.delete(server);
        await server[Symbol.asyncDispose]();
      },
    };
  }

  /** Progress events of other processes reach `bus`, and its own reach them, as far as Redis is there. */
  shareEvents(bus: EventBus, ways: { readonly sends: boolean; readonly hears: boolean }): void {
    const { config, log } = this.#options;
    this.#relay = new EventRelay({ config, link: this.link, key: this.#keys.events, bus, log, ...ways });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Who still serves ends too; what it runs could be answered by nobody any more, so nothing waits for that.
    for (const server of this.#serving) void server[Symbol.asyncDispose]();
    await this.#relay?.[Symbol.asyncDispose]();
    await this.#caller?.[Symbol.asyncDispose]();
    await this.link[Symbol.asyncDispose]();
  }
}
