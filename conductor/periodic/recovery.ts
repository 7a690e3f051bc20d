/**
 * What a dead process left: its locks, and nodes in states that only a live worker can leave. Runs at start and then
 * again and again, over all of them: no cap, and nothing that a missed pass could strand for ever.
 */
import type { Node } from "../../common/objects/node.ts";
import { STATES, WORKING_STATES } from "../../common/states.ts";
import type { Condition } from "../../db/contract.ts";
import type { Core } from "../core.ts";
import { Interrupted } from "../failures.ts";
import { PUTTING_AWAY } from "../flows/failing.ts";
import { whereIs } from "../flows/in-band.ts";
import { FLOW_OF_STATE, failFlow } from "../flows/table.ts";
import { forgetAgent } from "../recorded-power.ts";
import { currentStep } from "../steps/step-list.ts";
import type { NodeTask } from "../task.ts";
import { nodesWhere } from "./node-pages.ts";
import { eachOf } from "./scheduler.ts";
import { visit } from "./visit.ts";

const STUCK: readonly Condition[] = [
  { field: "provision_state", in: WORKING_STATES },
  { field: "reservation", null: true },
];

/** Those of a flow end with it. */
const SWITCHED: readonly Condition[] = [
  { field: "provision_state", in: STATES.filter((state) => !WORKING_STATES.includes(state)) },
  { field: "target_power_state", null: false },
  { field: "reservation", null: true },
];
const FAILED: readonly Condition[] = [
  { field: "provision_state", in: STATES.filter((state) => /failed$|^error$/.test(state)) },
  { field: "reservation", null: true },
];

/** Nodes taken up at once; what follows the change of state runs in the worker pool. */
const AT_ONCE = 16;

export async function recoverPass(core: Core): Promise<void> {
  await releaseDeadLocks(core);
  // Different nodes: whoever waits for one of a flow does not wait for the others first.
  await Promise.all([recoverStuck(core), endLeftovers(core)]);
}

async function recoverStuck(core: Core): Promise<void> {
  const tried = new Set<string>();
  for (;;) {
    const minds = await core.members.minded();
    const stuck = await nodesWhere(core, STUCK, [], (node) => !tried.has(node.uuid) && minds(node));
    if (stuck.length === 0) return;
    for (const node of stuck) tried.add(node.uuid);
    await eachOf(stuck, AT_ONCE, (node) => recoverNode(core, node.uuid));
  }
}

/** One node whose lock was taken away, as the pass does it. */
export async function recoverFreed(core: Core, freed: Node, cause: string): Promise<void> {
  await clearPowerTarget(core, freed);
  await tellLeft(core, freed);
  if (WORKING_STATES.includes(freed.provision_state)) await recoverNode(core, freed.uuid, cause);
}

async function releaseDeadLocks(core: Core): Promise<void> {
  const freed = await core.stores.nodes.releaseDead(core.config.conductor.heartbeat_timeout, [core.bootId]);
  for (const node of freed) core.log.warn({ node: node.uuid }, "the lock of a process that is gone was released");
}

/** Known by what stands in the record, whoever released the lock: it, too, may have died since. */
async function endLeftovers(core: Core): Promise<void> {
  const minds = await core.members.minded();
  const switched = await nodesWhere(core, SWITCHED, ["target_power_state"], minds);
  await eachOf(switched, AT_ONCE, (node) => clearPowerTarget(core, node));
  const isLeft = (node: Node) => minds(node) && wasPutAway(node);
  const left = await nodesWhere(core, FAILED, ["provision_state", "driver_internal_info"], isLeft);
  await eachOf(left, AT_ONCE, (node) => tellLeft(core, node));
}

async function recoverNode(core: Core, uuid: string, cause?: string): Promise<void> {
  const trouble = "a node could not be recovered; the next pass tries again";
  await visit(core, uuid, { purpose: "recovery", trouble, level: "error" }, async (task) => {
    if (!WORKING_STATES.includes(task.node.provision_state)) return;
    const reason = interruption(task, cause);
    task.log.warn({ state: task.node.provision_state }, reason.message);
    if (task.node.target_power_state !== null) await task.save({ target_power_state: null });
    task.later({ slot: core.pool.claimAlways(), work: (later) => failFlow(later, reason), failed: failFlow });
  });
}

/** Says which step had begun: it is for an operator to judge what it has done to the machine. */
export function interruption(task: NodeTask, cause = "its conductor stopped"): Interrupted {
  const flow = FLOW_OF_STATE[task.node.provision_state];
  if (flow === undefined) return new Interrupted(`The work "${task.purpose}" was under way when ${cause}; try again.`);
  const keys = flow.steps?.keys;
  const again = ` Look at the machine, then start again with "${flow.retry}".`;
  if (keys !== undefined && currentStep(task.node, keys) !== null)
    return new Interrupted(
      `${whereIs(task)} had begun when ${cause}. A step that had begun is not repeated by itself.${again}`,
    );
  return new Interrupted(`${whereIs(task)} was under way (state ${task.node.provision_state}) when ${cause}.${again}`);
}

/** A power change that was under way ends with its process; the power sync finds out how far it came. */
async function clearPowerTarget(core: Core, freed: Node): Promise<void> {
  if (freed.target_power_state === null) return;
  const trouble = "an interrupted power change could not be cleared";
  await visit(core, freed.uuid, { purpose: "recovery", trouble }, async (task) => {
    const target = task.node.target_power_state;
    if (target === null) return;
    const hasOwnEnd = WORKING_STATES.includes(task.node.provision_state) || wasPutAway(task.node);
    const text = `Changing the power state to "${target}" was under way when its conductor stopped; check the machine's power state and try again.`;
    await task.save({ target_power_state: null, ...(hasOwnEnd ? {} : { last_error: text }) });
  });
}

/** A machine whose flow had failed, and which nobody has put away to the end, may still be on. */
async function tellLeft(core: Core, freed: Node): Promise<void> {
  if (!wasPutAway(freed)) return;
  const trouble = "what became of a machine that was put away could not be told";
  await visit(core, freed.uuid, { purpose: "recovery", trouble }, async (task) => {
    if (!wasPutAway(task.node)) return;
    await task.update(() => ({
      last_error: `${task.node.last_error ?? ""} The machine was left as it is: its conductor stopped while it was put away.`,
      driver_internal_info: task.internalInfo({
        ...forgetAgent(task.node.driver_internal_info, { evenPregenerated: true }),
        [PUTTING_AWAY]: undefined,
      }),
    }));
  });
}

function wasPutAway(node: Node): boolean {
  return node.driver_internal_info[PUTTING_AWAY] === true && /failed$|^error$/.test(node.provision_state);
}
