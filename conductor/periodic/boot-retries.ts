/**
 * Starts machines again whose ramdisk has not called in for [pxe]boot_retry_timeout: firmware that missed its boot server
 * waits for ever at a prompt, and the wait's own limit is far. A node in maintenance waits on.
 */
import type { Node } from "../../common/objects/node.ts";
import { WAIT_STATES } from "../../common/states.ts";
import { awaitsAgent } from "../../common/ways-out.ts";
import { millis } from "../clock.ts";
import type { Core } from "../core.ts";
import { LAST_POWER_CHANGE } from "../recorded-power.ts";
import type { NodeTask } from "../task.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { eachByGroup } from "./by-group.ts";
import type { Listening } from "./listening.ts";
import { nodesWhere } from "./node-pages.ts";
import { oldWaits } from "./old-waits.ts";
import { visit } from "./visit.ts";

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
    const waiting = oldWaits(this.#core, WAIT_STATES, this.#seconds);
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
    const trouble = "a machine could not be started again; the next pass tries it";
    await visit(this.#core, uuid, { purpose: BOOT_RETRY, trouble }, async (task) => {
      const { boot } = task.driver;
      if (!WAIT_STATES.includes(task.node.provision_state) || !this.#isSilent(task.node)) return;
      if (boot.bootAgain === undefined || !bootsRamdisk(task)) return;
      task.log.warn({ seconds: this.#seconds }, "the ramdisk has not called in; the machine is started again");
      const work = async (later: NodeTask) => later.driver.boot.bootAgain?.(later);
      task.later({ slot: take(), work, failed: tellTrouble });
    });
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
