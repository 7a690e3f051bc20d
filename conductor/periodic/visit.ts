/** What periodic work does to one node under its lock: a node that somebody holds, or that is gone, is left to the next pass. */
import { serviceContext } from "../../common/context.ts";
import { NodeLocked, NodeNotFound } from "../../common/errors/node.ts";
import type { Core } from "../core.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";

export interface Visit {
  /** Of the lock. */
  readonly purpose: string;
  /** Name of the periodic work, for the log; the purpose where it is not given. */
  readonly service?: string;
  /** What is logged when the work fails. */
  readonly trouble: string;
  /** "warn" where it is not given. */
  readonly level?: "warn" | "error";
}

/** Does not reject: the next pass tries again. */
export async function visit(
  core: Core,
  uuid: string,
  { purpose, service = purpose, trouble, level = "warn" }: Visit,
  work: (task: NodeTask) => Promise<void>,
): Promise<void> {
  try {
    await withNode(core, uuid, { purpose, context: serviceContext(service), attempts: 1 }, work);
  } catch (error) {
    if (NodeLocked.matches(error) || NodeNotFound.matches(error)) return;
    core.log[level]({ error, node: uuid }, trouble);
  }
}
