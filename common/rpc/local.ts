/** The in-process transport. Parameters and results are cloned, so that nothing depends on shared references. */
import { type Context, portable } from "../context.ts";
import { ConductorTimeout } from "../errors/driver.ts";
import { fromFault } from "../errors/fault.ts";
import { plainCopy } from "../plain-copy.ts";
import { answerCall } from "./answer.ts";
import type { Call, Handlers, Method, Params, Reply, Result } from "./contract.ts";
import { CALL_VERSION } from "./contract.ts";
import { CallNotTaken, type Transport } from "./transport.ts";

const DEFAULT_TIMEOUT_MS = 60_000;

type Serve = (call: Call) => Promise<Reply<unknown>>;

export class LocalTransport implements Transport {
  readonly #hosts = new Map<string, Serve>();
  readonly #onUnexpected: (error: unknown, call: Call) => void;
  readonly #timeoutMs: number;

  /** `onUnexpected` hears of errors that are no faults; the caller sees them as a plain 500. */
  constructor(onUnexpected: (error: unknown, call: Call) => void = () => {}, timeoutMs = DEFAULT_TIMEOUT_MS) {
    this.#onUnexpected = onUnexpected;
    this.#timeoutMs = timeoutMs;
  }

  async call<M extends Method>(
    host: string,
    method: M,
    params: Params<M>,
    context: Context,
    timeoutMs = this.#timeoutMs,
  ): Promise<Result<M>> {
    const serve = this.#hosts.get(host);
    if (serve === undefined) throw new CallNotTaken(params);
    const call: Call = {
      v: CALL_VERSION,
      id: crypto.randomUUID(),
      method,
      params: plainCopy(params),
      context: carried(context),
      deadline: Date.now() + timeoutMs,
    };
    const reply = await withTimeout(serve(call), timeoutMs, method);
    if (!reply.ok) throw fromFault(reply.fault);
    return plainCopy(reply.value) as Result<M>;
  }

  async serve(host: string, handlers: Handlers): Promise<AsyncDisposable> {
    const running = new Set<Promise<unknown>>();
    const serve: Serve = (call) => {
      const work = answerCall(handlers, call, this.#onUnexpected);
      running.add(work);
      void work.finally(() => running.delete(work));
      return work;
    };
    this.#hosts.set(host, serve);
    return {
      [Symbol.asyncDispose]: async () => {
        // A successor may serve under the name by now.
        if (this.#hosts.get(host) === serve) this.#hosts.delete(host);
        await Promise.allSettled(running);
      },
    };
  }
}

/** In the same process a caller that leaves is known to have left; the signal is made for those only who wait for a lock. */
function carried(context: Context): Context {
  const copy = plainCopy(portable(context));
  return Object.defineProperty(copy, "gone", { get: () => context.gone });
}

function withTimeout<T>(work: Promise<T>, ms: number, method: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(ConductorTimeout({ method, seconds: ms / 1000 })), ms);
    const end = () => clearTimeout(timer);
    work.then(resolve, reject).then(end, end);
  });
}
