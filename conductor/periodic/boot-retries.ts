/**
 * Starts machines again whose ramdisk has not called in for [pxe]boot_retry_timeout: firmware that missed its boot server
 * waits for ever at a prompt, and the wait's own limit is far. A node in maintenance waits on.
 */
import { serviceContext } from "../../common/context.ts";
import { NodeLocked, NodeNotFound } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import { WAIT_STATES } from "../../common/states.ts";
import { awaitsAgent } from "../../common/ways-out.ts";
import type { Condition } from "../../db/contract.ts";
import { millis, timestamp } from "../clock.ts";
import type { Core } from "../core.ts";
import { LAST_POWER_CHANGE } from "../recorded-power.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { eachByGroup } from "./by-group.ts";
import type { Listening } from "./listening.ts";
import { nodesWhere } from "./node-pages.ts";

/** Purpose of the task that starts a machine again. */
export const BOOT_RETRY = "boot retry";

const AT_ONCE = 8;

export class BootRetries {
  readonly #core: Core;
  readonly #listening: Pick<Listening, "since">;

  constructor(core: Core, listening: Pick<Listening, "since">) {
    this.#core = core;
    this.#listening = listening;
  }

  async pass(): Promise<void> {
    if (this.#seconds === 0) return;
    const owns = await this.#core.members.owned();
    const waiting: readonly Condition[] = [
      { field: "provision_state", in: [...WAIT_STATES] },
      { field: "maintenance", is: false },
      { field: "reservation", null: true },
      { field: "provision_updated_at", below: timestamp(this.#core.clock() - this.#seconds * 1000) },
    ];
    const isSilent = (node: Node) => owns(node) && this.#isSilent(node);
    const silent = await nodesWhere(this.#core, waiting, ["provision_updated_at", "driver_internal_info"], isSilent);
    await eachByGroup(this.#core, silent, AT_ONCE, (uuid, take) => this.#startAgain(uuid, take));
  }

  get #seconds(): number {
    return this.#core.config.pxe.boot_retry_timeout;
  }

  /** Nothing heard since the wait began or the machine was last switched, whichever is later. */
  #isSilent(node: Node): boolean {
    const { agent_url, [LAST_POWER_CHANGE]: switched } = node.driver_internal_info;
    if (typeof agent_url === "string") return false;
    const since = Math.max(
      millis(node.provision_updated_at) ?? 0,
      millis(typeof switched === "string" ? switched : null) ?? 0,
      this.#listening.since,
    );
    return this.#core.clock() - since > this.#seconds * 1000;
  }

  async #startAgain(uuid: string, take: () => WorkerSlot): Promise<void> {
    const core = this.#core;
    const hold = { purpose: BOOT_RETRY, context: serviceContext(BOOT_RETRY), attempts: 1 };
    try {
      await withNode(core, uuid, hold, async (task) => {
        const { boot } = task.driver;
        if (!WAIT_STATES.includes(task.node.provision_state) || !this.#isSilent(task.node)) return;
        if (boot.bootAgain === undefined || !bootsRamdisk(task)) return;
        task.log.warn({ seconds: this.#seconds }, "the ramdisk has not called in; the machine is started again");
        const work = async (later: NodeTask) => later.driver.boot.bootAgain?.(later);
        task.later({ slot: take(), work, failed: tellTrouble });
      });
    } catch (error) {
      if (NodeLocked.matches(error) || NodeNotFound.matches(error)) return;
      core.log.warn({ error, node: uuid }, "a machine could not be started again; the next pass tries it");
    }
  }
}

/** The wait goes on: its own limit decides. */
async function tellTrouble(task: NodeTask, error: unknown): Promise<void> {
  task.log.warn({ error }, "the machine could not be started again; the next pass tries it");
}

/** Hardware that works without the ramdisk must not lose its power, and what others boot is theirs. */
function bootsRamdisk(task: NodeTask): boolean {
  const { cleaning_disable_ramdisk, service_disable_ramdisk, inspector_manage_boot } = task.node.driver_internal_info;
  if (cleaning_disable_ramdisk === true || service_disable_ramdisk === true) return false;
  if (task.node.provision_state === "inspect wait" && inspector_manage_boot === false) return false;
  return awaitsAgent(task.node);
}
