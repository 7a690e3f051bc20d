/**
 * Compares each machine's power with the record, without a lock while reading, spread over time when they are many. A machine that cannot be asked several
 * times in a row goes to maintenance with fault "power failure", and comes out of it once it answers again.
 */
import { setImmediate as turn } from "node:timers/promises";
import { serviceContext } from "../../common/context.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { NodeLocked, NodeNotFound } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import type { PowerState } from "../../common/states.ts";
import type { Condition } from "../../db/contract.ts";
import { powerTo } from "../../drivers/power-to.ts";
import type { Core } from "../core.ts";
import { addHistory } from "../provisioning.ts";
import { NodeTask } from "../task.ts";
import { wait } from "../waiting.ts";
import { withNode } from "../with-node.ts";
import { nodePages, PAGE_SIZE } from "./node-pages.ts";
import { eachOf } from "./scheduler.ts";

const EXCLUDED = ["wait call-back", "clean wait", "enroll", "adopt failed"];
const POWER_FAULT = "power failure";
/** Nodes to be asked: nobody works on them, and their machine is meant to be in some power state. */
const DUE: readonly Condition[] = [
  { field: "provision_state", notIn: EXCLUDED },
  { field: "maintenance", is: false },
  { field: "reservation", null: true },
  { field: "target_power_state", null: true },
];
const FAILED: readonly Condition[] = [
  { field: "maintenance", is: true },
  { field: "fault", is: POWER_FAULT },
  { field: "reservation", null: true },
];
/** A pass over many pages is spread over this share of its interval, so that neither we nor the BMCs' network see a burst. */
const SPREAD = 0.5;

export class PowerSync {
  readonly #core: Core;
  /** Reads that failed in a row, by node. */
  readonly #misses = new Map<string, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  async pass(stop: AbortSignal): Promise<void> {
    const asked = new Set<string>();
    const check = (node: Node) => {
      asked.add(node.uuid);
      return this.#check(node.uuid);
    };
    const began = this.#core.services.now();
    const pages = Math.ceil((await this.#core.stores.nodes.count(DUE)) / PAGE_SIZE);
    const seconds = this.#core.config.conductor.sync_power_state_interval * SPREAD;
    await this.#eachOwned(DUE, check, stop, pages < 2 ? 0 : (seconds * 1000) / pages);
    if (stop.aborted) return;
    for (const uuid of this.#misses.keys()) if (!asked.has(uuid)) this.#misses.delete(uuid);
    const took = Math.round(this.#core.services.now() - began);
    if (pages > 1) this.#core.log.info({ nodes: asked.size, ms: took }, "power states were compared");
  }

  /** Looks whether machines that went to maintenance for their power answer again. */
  async recoverPass(stop: AbortSignal): Promise<void> {
    await this.#eachOwned(FAILED, (node) => this.#revive(node.uuid), stop, 0);
  }

  /** Our nodes, page by page, a page not before its time. */
  async #eachOwned(
    where: readonly Condition[],
    work: (node: Node) => Promise<void>,
    stop: AbortSignal,
    pageMs: number,
  ): Promise<void> {
    const { members, services, config } = this.#core;
    const owns = await members.owned();
    let due = services.now();
    for await (const page of nodePages(this.#core, where)) {
      await wait(Math.max(0, due - services.now()), stop);
      if (stop.aborted) return;
      due += pageMs;
      await eachOf(page.filter(owns), config.conductor.sync_power_state_workers, async (node) => {
        await turn();
        if (!stop.aborted) await work(node);
      });
    }
  }

  async #check(uuid: string): Promise<void> {
    let node: Node;
    let state: PowerState | null;
    try {
      node = await this.#core.stores.nodes.getRevealed(uuid);
      state = await this.#read(node);
      if (state === "error") throw new Error("it reports the power state error");
    } catch (error) {
      if (!NodeNotFound.matches(error)) await this.#missed(uuid, error);
      return;
    }
    this.#misses.delete(uuid);
    if (state === null || state === node.power_state) return;
    if (node.power_state !== null && (await this.#mayForce())) {
      if (node.power_state === "power on" || node.power_state === "power off")
        await this.#force(uuid, node.power_state);
      return;
    }
    await this.#record(node, state);
  }

  /** After a restore it is the record that is in doubt, not the machine. */
  async #mayForce(): Promise<boolean> {
    return this.#core.config.conductor.force_power_state_during_sync && (await this.#core.gate.isOpen());
  }

  #read(node: Node): Promise<PowerState | null> {
    const task = this.#reader(node);
    return task.driver.power.getPowerState(task);
  }

  #reader(node: Node): NodeTask {
    return new NodeTask(this.#core, node, null, { purpose: "power sync", context: serviceContext("power-sync") });
  }

  /** Only if nothing has begun meanwhile that knows better. */
  async #record(node: Node, state: PowerState): Promise<void> {
    const unchanged: readonly Condition[] = [
      { field: "reservation", null: true },
      node.power_state === null ? { field: "power_state", null: true } : { field: "power_state", is: node.power_state },
    ];
    if (!(await this.#core.stores.nodes.touch(node.uuid, { power_state: state }, unchanged))) return;
    this.#reader(node).tell({ type: "node.power", from: node.power_state, to: state, requested: null });
  }

  async #force(uuid: string, wanted: PowerState): Promise<void> {
    if (wanted === "error") return;
    await this.#locked(uuid, async (task) => {
      if (task.node.power_state === wanted) await powerTo(task, wanted);
    });
  }

  async #missed(uuid: string, error: unknown): Promise<void> {
    const misses = (this.#misses.get(uuid) ?? 0) + 1;
    this.#misses.set(uuid, misses);
    this.#core.log.warn({ error: reasonOf(error), node: uuid, misses }, "the power state could not be read");
    if (misses <= this.#core.config.conductor.power_state_sync_max_retries) return;
    const text = `The power state could not be read ${misses} times in a row: ${reasonOf(error)} The node is in maintenance until its BMC answers again; check address, credentials and network of the BMC.`;
    await this.#locked(uuid, async (task) => {
      if (task.node.maintenance) return;
      const { power_state } = task.node;
      await task.save({
        power_state: "error",
        maintenance: true,
        maintenance_reason: text,
        fault: POWER_FAULT,
        last_error: text,
      });
      task.tell({ type: "node.power", from: power_state, to: "error", requested: null });
      await addHistory(task, { type: "power sync", severity: "ERROR", text });
      this.#misses.delete(uuid);
    });
  }

  async #revive(uuid: string): Promise<void> {
    try {
      const node = await this.#core.stores.nodes.getRevealed(uuid);
      const state = await this.#read(node);
      if (state === "error") return;
      await this.#locked(uuid, async (task) => {
        if (!task.node.maintenance || task.node.fault !== POWER_FAULT) return;
        await task.save({
          power_state: state,
          maintenance: false,
          maintenance_reason: null,
          fault: null,
          last_error: null,
        });
        task.tell({ type: "node.power", from: node.power_state, to: state, requested: null });
      });
    } catch (error) {
      this.#core.log.debug({ error: reasonOf(error), node: uuid }, "the machine does not answer yet");
    }
  }

  async #locked(uuid: string, work: (task: NodeTask) => Promise<void>): Promise<void> {
    const hold = { purpose: "power sync", context: serviceContext("power-sync"), attempts: 1 };
    try {
      await withNode(this.#core, uuid, hold, work);
    } catch (error) {
      if (!NodeLocked.matches(error)) this.#core.log.warn({ error, node: uuid }, "power sync of a node failed");
    }
  }
}
