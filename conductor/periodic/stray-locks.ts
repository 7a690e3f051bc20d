/**
 * Holds what runs here against the database's locks: work whose lock was taken away stops, and a lock of this process
 * under which nothing runs (the answer to its taking got lost, or its release did) is released.
 */
import type { Node } from "../../common/objects/node.ts";
import type { Core } from "../core.ts";

export class StrayLocks {
  readonly #core: Core;
  /** Lock numbers without work at the last pass, by node: what is just being taken is one pass only. */
  #suspects = new Map<string, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** True when there may be more at the next pass. */
  async pass(): Promise<boolean> {
    const { stores, running, bootId } = this.#core;
    const before = running.all();
    const where = [{ field: "lock_owner", is: bootId }];
    const ours = await stores.nodes.list({ where, fields: ["reservation", "lock_number"] });
    const numbers = new Map(ours.map((node) => [node.uuid, node.lock_number]));
    for (const task of before) {
      // One that has ended meanwhile, or handed its lock on, is not looked at.
      if (running.get(task.node.uuid) === task && numbers.get(task.node.uuid) !== task.lockNumber) task.lose();
    }
    return await this.#releaseUnused(ours.filter((node) => running.get(node.uuid) === undefined));
  }

  async #releaseUnused(unused: readonly Node[]): Promise<boolean> {
    const suspects = new Map<string, number>();
    for (const { uuid, lock_number } of unused) {
      if (this.#suspects.get(uuid) !== lock_number) suspects.set(uuid, lock_number);
      else if (await this.#core.stores.nodes.breakLock(uuid, lock_number))
        this.#core.log.warn({ node: uuid }, "a lock of this process under which nothing ran was released");
    }
    this.#suspects = suspects;
    return suspects.size > 0;
  }
}
