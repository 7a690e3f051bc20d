/**
 * How many nodes of one project may be worked on at once ([conductor]max_operations_per_project): so that a project cannot
 * take all places of all. A node counts for its lessee, else for its owner, also while its power is being changed; the
 * count is the database's, across conductors.
 */
import { ProjectLimit } from "../common/errors/driver.ts";
import type { Node } from "../common/objects/node.ts";
import { type State, type Verb, WAIT_STATES, WORKING_STATES } from "../common/states.ts";
import type { Condition } from "../db/contract.ts";
import type { Core } from "./core.ts";

const UNDER_WORK: readonly State[] = [...WORKING_STATES, ...WAIT_STATES];
/** They go on with what has been counted when it began. */
const CONTINUING: readonly Verb[] = ["resume", "unhold"];

/** Runs `begin` unless the project of the node has as much under way as it may. `power`: a change of power. @throws ProjectLimit, what `begin` throws */
export async function withinProject(
  core: Core,
  node: Node,
  verb: Verb | "power",
  begin: () => Promise<void>,
): Promise<void> {
  const limit = core.config.conductor.max_operations_per_project;
  const project = node.lessee ?? node.owner;
  if (limit === 0 || project === null || isContinued(verb)) return begin();
  const where = [...ofProject(project), { field: "uuid", notIn: [node.uuid] }];
  const count = () => core.stores.nodes.count(where);
  if (!(await core.admission.admit(`project ${project}`, limit, count, begin))) throw ProjectLimit({ project, limit });
}

function isContinued(verb: Verb | "power"): boolean {
  return verb !== "power" && CONTINUING.includes(verb);
}

function ofProject(project: string): readonly Condition[] {
  const owned: readonly Condition[] = [
    { field: "owner", is: project },
    { field: "lessee", null: true },
  ];
  const underWork: Condition = {
    anyOf: [[{ field: "provision_state", in: UNDER_WORK }], [{ field: "target_power_state", null: false }]],
  };
  return [underWork, { anyOf: [[{ field: "lessee", is: project }], owned] }];
}
