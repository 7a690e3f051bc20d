/** Calls of the API: one that nobody took goes once more, to whom the conductors' newest state gives the node by then. */
import type { Context } from "../common/context.ts";
import type { Handlers, Method, Params, Result } from "../common/rpc/contract.ts";
import { CallNotTaken, nodeOf, type Transport } from "../common/rpc/transport.ts";
import type { NodeStore } from "../db/contract.ts";
import type { ConductorDirectory } from "./conductors.ts";

/** Told which node a request turned out to be about. */
export type NoteNode = (context: Context, uuid: string) => void;

export class RoutedTransport implements Transport {
  readonly #inner: Transport;
  readonly #conductors: ConductorDirectory;
  readonly #nodes: Pick<NodeStore, "find">;
  readonly #noteNode: NoteNode;

  constructor(inner: Transport, conductors: ConductorDirectory, nodes: Pick<NodeStore, "find">, noteNode: NoteNode) {
    this.#inner = inner;
    this.#conductors = conductors;
    this.#nodes = nodes;
    this.#noteNode = noteNode;
  }

  async call<M extends Method>(
    host: string,
    method: M,
    params: Params<M>,
    context: Context,
    timeoutMs?: number,
  ): Promise<Result<M>> {
    const node = nodeOf(params);
    if (node !== null) this.#noteNode(context, node);
    try {
      return await this.#inner.call(host, method, params, context, timeoutMs);
    } catch (error) {
      if (!(error instanceof CallNotTaken)) throw error;
      const next = await this.#ownerBy(params);
      if (next === null || next === host) throw error;
      return await this.#inner.call(next, method, params, context, timeoutMs);
    }
  }

  serve(host: string, handlers: Handlers): Promise<AsyncDisposable> {
    return this.#inner.serve(host, handlers);
  }

  /** Null for a call that is about no node, or whose node nobody serves now. */
  async #ownerBy(params: unknown): Promise<string | null> {
    const uuid = nodeOf(params);
    if (uuid === null) return null;
    const fields = ["driver", "conductor_group", "reservation"];
    const node = await this.#nodes.find(uuid, { fields });
    return node === null ? null : await this.#conductors.hostForAgain(node);
  }
}
