/**
 * Steps on child nodes: each child's own driver carries the step out, under the child's own lock, one after the other.
 * Source: contract steps.json, rules.
 */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Flow, RequestedStep, StoredStep } from "../../common/steps.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";
import { findOffered } from "./collect.ts";
import { stepName } from "./order.ts";
import { isReserved, runReserved } from "./reserved.ts";

/** @throws InvalidParameterValue for a limit that names what is no child of the node */
export async function checkChildren(task: NodeTask, steps: readonly RequestedStep[]): Promise<void> {
  const wanted = steps.filter(isForChildren).flatMap((step) => step.limit_child_node_execution ?? []);
  if (wanted.length === 0) return;
  const children = await childrenOf(task);
  const strangers = wanted.filter((uuid) => !children.includes(uuid));
  if (strangers.length > 0)
    throw InvalidParameterValue({
      reason: `limit_child_node_execution names ${strangers.join(", ")}, no child of node ${task.node.uuid}.`,
    });
}

export function isForChildren(step: Pick<RequestedStep, "execute_on_child_nodes">): boolean {
  return step.execute_on_child_nodes === true;
}

/** Ends with the last child; one that fails ends it at once. */
export async function runOnChildren(task: NodeTask, flow: Flow, step: StoredStep): Promise<void> {
  const limit = step.limit_child_node_execution ?? [];
  const children = (await childrenOf(task)).filter((uuid) => limit.length === 0 || limit.includes(uuid));
  for (const uuid of children) {
    task.signal.throwIfAborted();
    await task.ensureLock();
    const hold = { purpose: `${flow} step of parent node ${task.node.uuid}`, context: task.context };
    await withNode(task.core, uuid, hold, (child) => endingWith(task, child, () => runOnChild(child, flow, step)));
  }
}

/** What ends the parent's step ends the child's, down to its socket. */
async function endingWith(task: NodeTask, child: NodeTask, work: () => Promise<void>): Promise<void> {
  const end = () => child.interrupt(task.signal.reason);
  task.signal.addEventListener("abort", end, { once: true });
  try {
    if (task.signal.aborted) end();
    await work();
  } finally {
    task.signal.removeEventListener("abort", end);
  }
}

async function runOnChild(child: NodeTask, flow: Flow, step: StoredStep): Promise<void> {
  const { uuid } = child.node;
  const def = findOffered(child.driver, flow, child.core.config, step);
  if (def === undefined && !isReserved(step, flow))
    throw new Error(`child node ${uuid} does not support step ${stepName(step)}; limit the step to those that do`);
  const outcome = def === undefined ? await runReserved(child, flow, step) : await def.run(child, step.args ?? {});
  if (outcome !== "done")
    throw new Error(`step ${stepName(step)} waits, which a step on a child node (${uuid}) cannot do`);
}

async function childrenOf(task: NodeTask): Promise<readonly string[]> {
  const where = [{ field: "parent_node", is: task.node.uuid }];
  const children = await task.core.stores.nodes.list({ where, fields: ["uuid"] });
  return children.map(({ uuid }) => uuid);
}
