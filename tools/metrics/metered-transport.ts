/** A transport that counts and times the calls through it, on either side. */
import type { Context } from "../../common/context.ts";
import { FerricError } from "../../common/errors/fault.ts";
import type { Handlers, Method, Params, Result } from "../../common/rpc/contract.ts";
import type { Transport } from "../../common/rpc/transport.ts";
import { Durations, type Sample, SHORT_BOUNDS } from "../../common/tallies.ts";

export class MeteredTransport implements Transport {
  readonly #inner: Transport;
  readonly #waiting = new Map<string, number>();
  readonly #running = new Map<string, number>();
  /** From the call to its answer, as who called saw it; by method and outcome. */
  readonly answered = new Durations(SHORT_BOUNDS);
  /** On the conductor, from taking the call to its answer; by method and outcome. */
  readonly carriedOut = new Durations(SHORT_BOUNDS);

  constructor(inner: Transport) {
    this.#inner = inner;
  }

  call<M extends Method>(
    host: string,
    method: M,
    params: Params<M>,
    context: Context,
    ms?: number,
  ): Promise<Result<M>> {
    const call = () => this.#inner.call(host, method, params, context, ms);
    return timed(method, this.#waiting, this.answered, call);
  }

  serve(host: string, handlers: Handlers): Promise<AsyncDisposable> {
    const metered = Object.entries(handlers).map(([method, handle]) => [
      method,
      (...args: readonly unknown[]) =>
        timed(method, this.#running, this.carriedOut, () =>
          (handle as (...args: readonly unknown[]) => Promise<unknown>)(...args),
        ),
    ]);
    return this.#inner.serve(host, Object.fromEntries(metered) as Handlers);
  }

  /** Calls of this process that wait for their answer. */
  waiting(): readonly Sample[] {
    return samplesOf(this.#waiting);
  }

  /** Calls that this process's conductor is carrying out. */
  running(): readonly Sample[] {
    return samplesOf(this.#running);
  }
}

async function timed<T>(
  method: string,
  open: Map<string, number>,
  durations: Durations,
  work: () => Promise<T>,
): Promise<T> {
  const began = performance.now();
  open.set(method, (open.get(method) ?? 0) + 1);
  let outcome = "error";
  try {
    const result = await work();
    outcome = "ok";
    return result;
  } catch (error) {
    if (error instanceof FerricError && error.code < 500) outcome = "refused";
    throw error;
  } finally {
    open.set(method, (open.get(method) ?? 1) - 1);
    durations.of(method, outcome).add((performance.now() - began) / 1000);
  }
}

function samplesOf(open: ReadonlyMap<string, number>): readonly Sample[] {
  return [...open].map(([method, value]) => ({ labels: [method], value }));
}
