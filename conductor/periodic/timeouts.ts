/**
 * Ends waits that have lasted too long. A node in maintenance waits on: somebody is working on it. A process that has just
 * started ends none before the agents, who may have called in vain, have had time to call again.
 */
import { can } from "../../common/provision-machine.ts";
import { STATES, type State } from "../../common/states.ts";
import { longestWait, wayOut } from "../../common/ways-out.ts";
import { millis } from "../clock.ts";
import type { Core } from "../core.ts";
import { StageFailure } from "../failures.ts";
import { AGENT_TROUBLE_KEY, whereIs } from "../flows/in-band.ts";
import { FLOW_OF_STATE, failFlow } from "../flows/table.ts";
import type { NodeTask } from "../task.ts";
import type { WorkerSlot } from "../worker-pool.ts";
import { eachByGroup } from "./by-group.ts";
import type { Listening } from "./listening.ts";
import { nodesWhere } from "./node-pages.ts";
import { oldWaits } from "./old-waits.ts";
import { visit } from "./visit.ts";

const AT_ONCE = 16;

export async function timeoutPass(core: Core, listening: Pick<Listening, "since">): Promise<void> {
  const listened = (core.clock() - listening.since) / 1000;
  for (const state of STATES) {
    const seconds = longestWait(state, core.config);
    if (seconds === 0 || listened < Math.min(seconds, core.config.api.ramdisk_heartbeat_timeout)) continue;
    const late = await nodesWhere(core, oldWaits(core, [state], seconds), [], await core.members.minded());
    await eachByGroup(core, late, AT_ONCE, (uuid, take) => endWait(core, uuid, { state, seconds, take }));
  }
}

interface Overdue {
  readonly state: State;
  readonly seconds: number;
  take(): WorkerSlot;
}

async function endWait(core: Core, uuid: string, { state, seconds, take }: Overdue): Promise<void> {
  const trouble = "a wait that is over could not be ended; the next pass tries again";
  await visit(core, uuid, { purpose: `timeout of ${state}`, service: "timeouts", trouble }, async (task) => {
    const since = millis(task.node.provision_updated_at) ?? core.clock();
    if (task.node.provision_state !== state || since > core.clock() - seconds * 1000) return;
    const reason = new StageFailure(timeoutText(task, state, seconds));
    // A hold knows no failure, only an end that is asked for.
    const verb = can(state, "fail") ? "fail" : "abort";
    const end = (later: NodeTask, error: unknown) => failFlow(later, error, verb);
    task.later({ slot: take(), work: (later) => end(later, reason), failed: end });
  });
}

function timeoutText(task: NodeTask, state: State, seconds: number): string {
  if (wayOut(state)?.kind === "hold")
    return `${whereIs(task)} was ended: nobody had ended its hold within ${seconds} s ([conductor]hold_timeout). Start again with "${FLOW_OF_STATE[state]?.retry}".`;
  const { agent_last_heartbeat, agent_url, [AGENT_TROUBLE_KEY]: trouble } = task.node.driver_internal_info;
  const heard =
    typeof agent_url === "string"
      ? `The agent last called in at ${agent_last_heartbeat} from ${agent_url}.`
      : "The agent never called in.";
  const { lastHeard, bootTraces } = task.core;
  const booted = typeof agent_url === "string" ? null : (bootTraces?.describe(task.node.uuid) ?? null);
  const far = [lastHeard.describe(task.node.uuid), booted].map((more) => (more === null ? "" : ` ${more}`)).join("");
  const why = typeof trouble === "string" ? ` The last call to it failed: ${trouble}` : "";
  const remedy =
    typeof agent_url === "string"
      ? "Look at the ramdisk's console and its network. Then"
      : "Look at the machine's console: does it boot what it was told to, and does the ramdisk reach the API? Then";
  return `${whereIs(task)} timed out after ${seconds} s in state ${state} ([conductor]${wayOut(state)?.option}). ${heard}${far}${why} ${remedy} start again with "${FLOW_OF_STATE[state]?.retry}".`;
}
