/** Tells when nodes have come to rest in a state, by one query for all of them: asking one by one would be half the load. */
import { setTimeout as pause } from "node:timers/promises";
import type { Stores } from "../../../db/contract.ts";

const EVERY_MS = 20;
const LIMIT_MS = 60_000;

interface Waiting {
  readonly state: string;
  readonly since: number;
  settle(): void;
  fail(error: Error): void;
}

export class StateWatch implements Disposable {
  readonly #stores: Stores;
  readonly #nodes: readonly string[];
  readonly #waiting = new Map<string, Waiting>();
  #closed = false;

  constructor(stores: Stores, nodes: readonly string[]) {
    this.#stores = stores;
    this.#nodes = nodes;
    void this.#watch();
  }

  /** @throws Error when the node fails, or takes more than a minute */
  reached(node: string, state: string): Promise<void> {
    return new Promise((settle, fail) => {
      this.#waiting.set(node, { state, since: performance.now(), settle, fail });
    });
  }

  [Symbol.dispose](): void {
    this.#closed = true;
  }

  async #watch(): Promise<void> {
    const fields = ["uuid", "provision_state", "reservation", "last_error"];
    const where = [{ field: "uuid", in: this.#nodes }];
    for (; !this.#closed; await pause(EVERY_MS)) {
      if (this.#waiting.size === 0) continue;
      // Who asked while the answer was under way has perhaps not been seen by it.
      const asked = new Map(this.#waiting);
      const nodes = await this.#stores.nodes.list({ where, fields }).catch(() => []);
      for (const node of nodes) {
        const waiting = asked.get(node.uuid);
        if (waiting !== undefined) this.#look(node, waiting);
      }
    }
  }

  #look(
    node: { uuid: string; provision_state: string; reservation: string | null; last_error: string | null },
    { state, since, settle, fail }: Waiting,
  ): void {
    const failed = /failed|error/.test(node.provision_state);
    const late = performance.now() - since > LIMIT_MS;
    if (node.provision_state === state && node.reservation === null) settle();
    else if (failed) fail(new Error(`${node.provision_state}: ${node.last_error}`));
    else if (late) fail(new Error(`node ${node.uuid} did not become ${state} in a minute`));
    else return;
    this.#waiting.delete(node.uuid);
  }
}
