/**
 * The exclusive tasks of this process by node. It lets a heartbeat reach the task that holds its node, an abort stop
 * it, and a waiter go on in the moment the lock is released, without polling.
 */
import type { NodeTask } from "./task.ts";

export class RunningTasks {
  readonly #tasks = new Map<string, NodeTask>();
  readonly #waiters = new Map<string, Set<() => void>>();

  get(uuid: string): NodeTask | undefined {
    return this.#tasks.get(uuid);
  }

  get size(): number {
    return this.#tasks.size;
  }

  all(): readonly NodeTask[] {
    return [...this.#tasks.values()];
  }

  enter(task: NodeTask): void {
    this.#tasks.set(task.node.uuid, task);
  }

  leave(task: NodeTask): void {
    if (this.#tasks.get(task.node.uuid) === task) this.#tasks.delete(task.node.uuid);
    const waiters = this.#waiters.get(task.node.uuid);
    this.#waiters.delete(task.node.uuid);
    for (const wake of waiters ?? []) wake();
  }

  /** Resolves true when the task on the node has ended (at once when there is none), false after `ms` or when `gone` aborts. */
  whenReleased(uuid: string, ms: number, gone?: AbortSignal): Promise<boolean> {
    if (!this.#tasks.has(uuid)) return Promise.resolve(true);
    if (gone?.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(uuid) ?? new Set();
      this.#waiters.set(uuid, waiters);
      const end = (released: boolean) => {
        clearTimeout(timer);
        gone?.removeEventListener("abort", giveUp);
        waiters.delete(wake);
        resolve(released);
      };
      const wake = () => end(true);
      const giveUp = () => end(false);
      const timer = setTimeout(giveUp, ms);
      gone?.addEventListener("abort", giveUp, { once: true });
      waiters.add(wake);
    });
  }
}
