/**
 * Ends waits for an agent that had called in and then fell silent: a ramdisk that died is told within minutes, not by
 * the wait's own limit, which allows for an image of any size. A node in maintenance waits on.
 */
import type { Node } from "../../common/objects/node.ts";
import { WAIT_STATES } from "../../common/states.ts";
import { awaitsAgent, longestSilence } from "../../common/ways-out.ts";
import { millis } from "../clock.ts";
import type { Core } from "../core.ts";
import { StageFailure } from "../failures.ts";
import { whereIs } from "../flows/in-band.ts";
import { FLOW_OF_STATE, failFlow } from "../flows/table.ts";
import type { NodeTask } from "../task.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { eachByGroup } from "./by-group.ts";
import type { Listening } from "./listening.ts";
import { nodesWhere } from "./node-pages.ts";
import { oldWaits } from "./old-waits.ts";
import { visit } from "./visit.ts";

const AT_ONCE = 16;

export class SilentAgents {
  readonly #core: Core;
  readonly #listening: Pick<Listening, "since">;

  constructor(core: Core, listening: Pick<Listening, "since">) {
    this.#core = core;
    this.#listening = listening;
  }

  async pass(): Promise<void> {
    const minds = await this.#core.members.minded();
    const waiting = oldWaits(this.#core, WAIT_STATES, this.#limit);
    const isSilent = (node: Node) => minds(node) && this.#silence(node) !== null;
    const silent = await nodesWhere(this.#core, waiting, ["provision_updated_at", "driver_internal_info"], isSilent);
    await eachByGroup(this.#core, silent, AT_ONCE, (uuid, take) => this.#endWait(uuid, take));
  }

  get #limit(): number {
    return longestSilence(this.#core.config);
  }

  /** Seconds without a beat, from the start of the wait at the earliest; null while they are allowed. */
  #silence(node: Node): number | null {
    const { agent_url, agent_last_heartbeat } = node.driver_internal_info;
    // An installer, which has no address, reports only its start and its end.
    if (typeof agent_url !== "string" || agent_url === "" || typeof agent_last_heartbeat !== "string") return null;
    const beat = millis(agent_last_heartbeat) ?? 0;
    const since = Math.max(beat, millis(node.provision_updated_at) ?? 0, this.#listening.since);
    return this.#core.clock() - since > this.#limit * 1000 ? (this.#core.clock() - beat) / 1000 : null;
  }

  async #endWait(uuid: string, take: () => WorkerSlot): Promise<void> {
    const trouble = "the wait for a silent agent could not be ended; the next pass tries again";
    await visit(this.#core, uuid, { purpose: "silence of the agent", service: "timeouts", trouble }, async (task) => {
      const silence = this.#silence(task.node);
      if (silence === null || !WAIT_STATES.includes(task.node.provision_state) || !awaitsAgent(task.node)) return;
      const reason = new StageFailure(this.#text(task, silence));
      task.later({ slot: take(), work: (later) => failFlow(later, reason), failed: failFlow });
    });
  }

  #text(task: NodeTask, silence: number): string {
    const { agent_last_heartbeat, agent_url } = task.node.driver_internal_info;
    const more = this.#core.lastHeard.describe(task.node.uuid);
    return [
      `${whereIs(task)} failed: the agent fell silent.`,
      `It last called in at ${agent_last_heartbeat} from ${agent_url}, ${Math.round(silence)} s ago, and may be silent for ${this.#limit} s ([api]ramdisk_heartbeat_timeout).`,
      ...(more === null ? [] : [more]),
      `Look at the machine's console: has the ramdisk crashed, or lost its power or network? Then start again with "${FLOW_OF_STATE[task.node.provision_state]?.retry}".`,
    ].join(" ");
  }
}
