/**
 * Whether the agent of a waiting node is still at its step: asked without the lock, so that a beat which changes nothing
 * is in nobody's way, however long the agent takes to answer.
 */
import { serviceContext } from "../../common/context.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { NodeLocked, NodeNotFound } from "../../common/errors/node.ts";
import type { Node, NodeChanges } from "../../common/objects/node.ts";
import { raceAbort } from "../../common/race-abort.ts";
import { timestamp } from "../clock.ts";
import type { Core } from "../core.ts";
import { STEP_STARTED_KEY } from "../steps/step-list.ts";
import { mergedInfo, NodeTask } from "../task.ts";
import { AGENT_TROUBLE_KEY, agentFlowOf } from "./in-band.ts";

/** True when the beat has said nothing that the flow waits for. The wait begins anew then, or the trouble is noted. */
export async function agentIsAtWork(core: Core, node: Node): Promise<boolean> {
  const flow = agentFlowOf(node.provision_state);
  const task = new NodeTask(core, node, null, { purpose: "heartbeat", context: serviceContext("heartbeat") });
  const { agent } = task.driver.deploy;
  if (flow === null || agent?.isAtWork === undefined) return false;
  const end = () => task.interrupt(core.stopping.reason);
  core.stopping.addEventListener("abort", end, { once: true });
  try {
    if (core.stopping.aborted) end();
    if (!(await raceAbort(agent.isAtWork(task, flow), task.signal))) return false;
    await note(core, node, () => ({ provision_updated_at: timestamp(core.clock()) }));
  } catch (error) {
    core.log.warn({ error, node: node.uuid }, "the agent could not be asked; waiting for the next heartbeat");
    const trouble = { [AGENT_TROUBLE_KEY]: reasonOf(error) };
    await note(core, node, (now) => ({ driver_internal_info: mergedInfo(now, trouble) }));
  } finally {
    core.stopping.removeEventListener("abort", end);
  }
  return true;
}

/** Only while the node is where it was when the agent was asked. */
async function note(core: Core, asked: Node, changes: (node: Node) => NodeChanges): Promise<void> {
  const at = ({ provision_state, maintenance, driver_internal_info: info }: Node) =>
    JSON.stringify([provision_state, maintenance, info.agent_command, info[STEP_STARTED_KEY]]);
  const unmoved = (now: Node) => at(now) === at(asked);
  try {
    await core.stores.nodes.amend(asked.uuid, (now) => (unmoved(now) ? changes(now) : null));
  } catch (error) {
    if (!NodeLocked.matches(error) && !NodeNotFound.matches(error)) throw error;
  }
}
