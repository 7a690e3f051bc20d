/** How calls reach a conductor. `local` is in-process; a queue between processes follows the same contract. */
import type { Context } from "../context.ts";
import { NoConductorAlive, NoConductorForNode } from "../errors/driver.ts";
import { FerricError } from "../errors/fault.ts";
import type { Handlers, Method, Params, Result } from "./contract.ts";

export interface Transport {
  /**
   * Calls `method` on the conductor `host`.
   * @throws the fault the conductor answered, ConductorTimeout after `timeoutMs`, CallNotTaken
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

/** Nobody took the call and nobody will any more: it may be sent again, to another conductor too. */
export class CallNotTaken extends FerricError {
  constructor(params: unknown) {
    const node = nodeOf(params);
    super((node === null ? NoConductorAlive({}) : NoConductorForNode({ node })).fault);
  }
}

/** The UUID of the node that a call is about; null when it is about none. */
export function nodeOf(params: unknown): string | null {
  const node = (params as { node?: unknown } | null)?.node;
  return typeof node === "string" ? node : null;
}
