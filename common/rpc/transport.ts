/** How calls reach a conductor. `local` is in-process; a queue between processes follows the same contract. */
import type { Context } from "../context.ts";
import type { Handlers, Method, Params, Result } from "./contract.ts";

export interface Transport {
  /**
   * Calls `method` on the conductor `host`.
   * @throws the fault the conductor answered, or ConductorTimeout after `timeoutMs`
   */
  call<M extends Method>(
    host: string,
    method: M,
    params: Params<M>,
    context: Context,
    timeoutMs?: number,
  ): Promise<Result<M>>;
  /** Serves the calls to `host` until disposed; disposing waits for the calls under way. */
  serve(host: string, handlers: Handlers): Promise<AsyncDisposable>;
}
