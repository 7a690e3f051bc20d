/**
 * The work on one node: its record, its driver, its lock. Every save and every outward action is checked against the
 * lock's number, so that a process that froze and thaws cannot act for its successor.
 */
import { type Context, portable } from "../common/context.ts";
import { LockLost } from "../common/errors/node.ts";
import type { EventBody } from "../common/events.ts";
import type { Json } from "../common/json.ts";
import type { Logger } from "../common/log.ts";
import { INTERFACE_TYPES, type Node, type NodeChanges } from "../common/objects/node.ts";
import type { Port, PortChanges } from "../common/objects/port.ts";
import type { LockTicket } from "../db/contract.ts";
import type { Driver } from "../drivers/base/interfaces.ts";
import type { Task } from "../drivers/base/task.ts";
import type { Core } from "./core.ts";
import type { ForcedAbort } from "./failures.ts";
import { outlasting } from "./outlast.ts";
import { withRecordedPower } from "./recorded-power.ts";
import type { WorkerSlot } from "./worker-pool.ts";

/** What goes on in the background under the task's lock once the accept phase has answered. */
export interface Job {
  readonly slot: WorkerSlot;
  work(task: NodeTask): Promise<void>;
  /** Puts the node into its fail state. It gets a fresh task with a live signal, and the lock still held. */
  failed(task: NodeTask, error: unknown): Promise<void>;
}

export interface TaskOptions {
  readonly purpose: string;
  readonly context: Context;
  readonly nextUseMs?: number;
}

/** driver_internal_info with `changes` in it; undefined takes a key out. */
export function mergedInfo(
  { driver_internal_info: before }: Node,
  changes: Readonly<Record<string, Json | undefined>>,
): Record<string, Json> {
  const merged: Record<string, Json | undefined> = { ...before, ...changes };
  const kept = Object.entries(merged).filter((entry): entry is [string, Json] => entry[1] !== undefined);
  return Object.fromEntries(kept);
}

export class NodeTask implements Task {
  readonly core: Core;
  readonly purpose: string;
  readonly context: Context;
  readonly log: Logger;
  readonly #options: TaskOptions;
  readonly #ticket: LockTicket | null;
  readonly #controller = new AbortController();
  #node: Node;
  #driver: { readonly key: string; readonly driver: Driver } | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #job: Job | null = null;
  readonly #broken = new AbortController();
  #handsOff = false;
  #isAwaited = true;
  #alongside: Promise<void>[] = [];
  #closed = false;
  #destroyed = false;

  /** `node` with secrets revealed; without a ticket the task is shared. */
  constructor(core: Core, node: Node, ticket: LockTicket | null, options: TaskOptions) {
    this.core = core;
    this.purpose = options.purpose;
    // The work goes on when the client does not.
    this.context = portable(options.context);
    this.log = core.log.child({ request_id: options.context.request_id, node: node.uuid });
    this.#options = options;
    this.#node = node;
    this.#ticket = ticket;
  }

  get node(): Node {
    return this.#node;
  }

  get shared(): boolean {
    return this.#ticket === null;
  }

  get nextUseMs(): number | undefined {
    return this.#options.nextUseMs;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @throws DriverNotFound, InterfaceNotFound, IncompatibleInterface when the node names what is not enabled here */
  get driver(): Driver {
    const key = JSON.stringify([this.#node.driver, ...INTERFACE_TYPES.map((type) => this.#node[`${type}_interface`])]);
    if (this.#driver?.key !== key) {
      this.#driver = { key, driver: withRecordedPower(this.core.catalogue.driverFor(this.#node), this) };
    }
    return this.#driver.driver;
  }

  ports(): Promise<readonly Port[]> {
    return this.core.stores.ports.ofNode(this.#node.uuid);
  }

  async updatePort(uuid: string, changes: PortChanges): Promise<Port> {
    await this.ensureLock();
    return this.core.stores.ports.update(uuid, changes);
  }

  async createPort(values: { address: string } & PortChanges): Promise<Port> {
    await this.ensureLock();
    return this.core.stores.ports.create({ ...values, uuid: crypto.randomUUID(), node_uuid: this.#node.uuid });
  }

  async removePort(uuid: string): Promise<void> {
    await this.ensureLock();
    await this.core.stores.ports.destroy(uuid);
  }

  save(changes: NodeChanges): Promise<void> {
    return this.update(() => changes);
  }

  remember(changes: Readonly<Record<string, Json | undefined>>): Promise<void> {
    return this.update(() => ({ driver_internal_info: this.internalInfo(changes) }));
  }

  /** A save whose changes are made of the record as it is once the saves before it are through. @throws LockLost */
  update(compute: () => NodeChanges): Promise<void> {
    return this.#serially(() => this.#write(compute()));
  }

  /** driver_internal_info with `changes` in it, to be saved together with other fields. */
  internalInfo(changes: Readonly<Record<string, Json | undefined>>): Record<string, Json> {
    return mergedInfo(this.#node, changes);
  }

  async ensureLock(): Promise<void> {
    const ticket = this.#held();
    if (!(await this.#stored(() => this.core.stores.nodes.holds(ticket)))) throw this.#lose();
  }

  tell(body: EventBody): void {
    this.core.events.emit(this.#node.uuid, body, this.context.request_id);
  }

  /** Registers the background work; the lock travels with it. */
  later(job: Job): void {
    if (this.#closed) job.slot.free();
    else this.#job = job;
  }

  /** For writes that nothing waits for: they share the commit of the lock's release, which is not told before them. */
  alongside(write: Promise<void>): void {
    this.#alongside.push(write);
  }

  takeJob(): Job | null {
    const job = this.#job;
    this.#job = null;
    return job;
  }

  /** From now on nobody waits for an answer: a database that is away for a moment is waited for. */
  answered(): void {
    this.#isAwaited = false;
  }

  /** The lock's number; null for a shared task. */
  get lockNumber(): number | null {
    return this.#ticket?.number ?? null;
  }

  /** Only the record may still change: the work before this was broken off. */
  get handsOff(): boolean {
    return this.#handsOff;
  }

  leaveMachine(): void {
    this.#handsOff = true;
  }

  /** Aborted when an administrator breaks the work off. */
  get broken(): AbortSignal {
    return this.#broken.signal;
  }

  interrupt(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** Ends the work at once, and what cleans up after it does nothing to the machine. */
  breakOff(reason: ForcedAbort): void {
    this.#broken.abort(reason);
    this.interrupt(reason);
  }

  /**
   * A new task on the same lock with a live signal, for cleaning up after a failure. This one is dead from now on: what
   * still runs in its name can neither save nor act.
   */
  supersede(): NodeTask {
    const heir = new NodeTask(this.core, this.#node, this.#ticket, this.#options);
    heir.#closed = this.#closed;
    heir.#isAwaited = this.#isAwaited;
    heir.#handsOff = this.#handsOff || this.#broken.signal.aborted;
    heir.#alongside = this.#alongside;
    this.#closed = true;
    if (!this.#controller.signal.aborted) this.#controller.abort(LockLost({ node: this.#node.uuid }));
    if (!heir.shared) this.core.running.enter(heir);
    return heir;
  }

  /** Gives the lock back; afterwards the task can save nothing. */
  async release(): Promise<void> {
    if (this.#ticket === null) return;
    await this.#queue.catch(() => {});
    const wasOpen = !this.#closed;
    this.#closed = true;
    const ticket = this.#ticket;
    const releasing = wasOpen && this.#stored(() => this.core.stores.nodes.release(ticket)).catch(() => false);
    const [released] = await Promise.all([releasing, ...this.#alongside]);
    this.core.running.leave(this);
    const status = released || this.#destroyed ? "released" : "lost";
    this.tell({ type: "lock", status, purpose: this.purpose, host: this.core.hostname });
  }

  /** The node goes, and its lock with it. @throws LockLost */
  async destroy(): Promise<void> {
    await this.core.stores.nodes.destroy(this.#held());
    this.#destroyed = true;
    this.#closed = true;
  }

  #held(): LockTicket {
    if (this.#ticket === null) throw new Error(`The task "${this.purpose}" is shared: it must not change the node.`);
    if (this.#closed) throw LockLost({ node: this.#node.uuid });
    return this.#ticket;
  }

  /** The lock is no longer ours, and this is known: nothing may be saved or done from now on. */
  lose(): void {
    this.#lose();
  }

  #lose(): Error {
    const lost = LockLost({ node: this.#node.uuid });
    this.#closed = true;
    this.#controller.abort(lost);
    return lost;
  }

  async #write(changes: NodeChanges): Promise<void> {
    const ticket = this.#held();
    try {
      this.#node = await this.#stored(() => this.core.stores.nodes.save(ticket, changes));
    } catch (error) {
      throw LockLost.matches(error) ? this.#lose() : error;
    }
  }

  #stored<T>(statement: () => Promise<T>): Promise<T> {
    return this.#isAwaited ? statement() : outlasting(this.core, this.signal, statement);
  }

  /** Saves of one task follow each other: two merges into driver_internal_info must not start from the same record. */
  #serially<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work, work);
    this.#queue = next.catch(() => {});
    return next;
  }
}
