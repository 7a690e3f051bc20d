/**
 * Compares each machine's power with the record, without a lock while reading (polls.ts). A machine that cannot be asked
 * several times in a row goes to maintenance with fault "power failure", and comes out of it once it answers again.
 */
import { serviceContext } from "../../common/context.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { NodeLocked } from "../../common/errors/node.ts";
import type { PowerState } from "../../common/states.ts";
import type { Condition } from "../../db/contract.ts";
import { powerTo } from "../../drivers/power-to.ts";
import type { Core } from "../core.ts";
import { addHistory } from "../provisioning.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";
import { noteHealth } from "./health.ts";
import type { Poll, Polls } from "./polls.ts";

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

export class PowerSync {
  readonly #core: Core;
  readonly #polls: Polls;
  readonly #sync: Poll<PowerState | null>;
  readonly #recovery: Poll<PowerState | null>;

  constructor(core: Core, polls: Polls) {
    this.#core = core;
    this.#polls = polls;
    const { conductor } = core.config;
    const common = { by: "power", workers: conductor.sync_power_state_workers, read: readPower } as const;
    this.#sync = {
      ...common,
      name: "power sync",
      every: conductor.sync_power_state_interval,
      where: DUE,
      bears: conductor.power_state_sync_max_retries,
      found: async (task, state) => {
        await this.#compare(task, state);
        await noteHealth(task);
      },
      failed: (node, error, misses) =>
        core.log.warn({ error: reasonOf(error), node, misses }, "the power state could not be read"),
      givenUp: (uuid, error, misses) => this.#giveUp(uuid, error, misses),
    };
    this.#recovery = {
      ...common,
      name: "power recovery",
      every: conductor.power_failure_recovery_interval,
      where: FAILED,
      found: (task, state) => this.#revive(task, state),
      failed: (node, error) => core.log.debug({ error: reasonOf(error), node }, "the machine does not answer yet"),
    };
  }

  async pass(stop: AbortSignal): Promise<void> {
    await this.#polls.pass(this.#sync, stop);
  }

  /** Looks whether machines that went to maintenance for their power answer again. */
  async recoverPass(stop: AbortSignal): Promise<void> {
    await this.#polls.pass(this.#recovery, stop);
  }

  async #compare(task: NodeTask, state: PowerState | null): Promise<void> {
    const { node } = task;
    if (state === null || state === node.power_state) return;
    if (node.power_state !== null && (await this.#mayForce())) {
      if (node.power_state === "power on" || node.power_state === "power off")
        await this.#force(node.uuid, node.power_state);
      return;
    }
    await this.#record(task, state);
  }

  /** After a restore it is the record that is in doubt, not the machine. */
  async #mayForce(): Promise<boolean> {
    return this.#core.config.conductor.force_power_state_during_sync && (await this.#core.gate.isOpen());
  }

  /** Only if nothing has begun meanwhile that knows better. */
  async #record(task: NodeTask, state: PowerState): Promise<void> {
    const { node } = task;
    const unchanged: readonly Condition[] = [
      { field: "reservation", null: true },
      node.power_state === null ? { field: "power_state", null: true } : { field: "power_state", is: node.power_state },
    ];
    if (!(await this.#core.stores.nodes.touch(node.uuid, { power_state: state }, unchanged))) return;
    task.tell({ type: "node.power", from: node.power_state, to: state, requested: null });
  }

  async #force(uuid: string, wanted: PowerState): Promise<void> {
    if (wanted === "error") return;
    await this.#locked(uuid, async (task) => {
      if (task.node.power_state === wanted) await powerTo(task, wanted);
    });
  }

  async #giveUp(uuid: string, error: unknown, misses: number): Promise<void> {
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
    });
  }

  async #revive({ node }: NodeTask, state: PowerState | null): Promise<void> {
    await this.#locked(node.uuid, async (task) => {
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

/** @throws what the driver throws, and Error for a machine in the power state error */
async function readPower(task: NodeTask): Promise<PowerState | null> {
  const state = await task.driver.power.getPowerState(task);
  if (state === "error") throw new Error("it reports the power state error");
  return state;
}
