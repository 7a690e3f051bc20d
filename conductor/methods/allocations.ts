/** Methods that create and delete allocations. */
import { portable } from "../../common/context.ts";
import { Conflict, NodeAssociated } from "../../common/errors/node.ts";
import { AllocationAlreadyExists, AllocationNotFound, InvalidParameterValue } from "../../common/errors/request.ts";
import type { Allocation, NewAllocation } from "../../common/objects/allocation.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Handlers, Params } from "../../common/rpc/contract.ts";
import type { Core } from "../core.ts";
import { allocate, bind } from "../flows/allocate.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";
import { checkAllocationRemoval } from "./node-rules.ts";

type Values = Params<"createAllocation">["values"];

export function allocationMethods(core: Core): Pick<Handlers, "createAllocation" | "destroyAllocation"> {
  return {
    createAllocation: async ({ values }, context) => {
      const { node_uuid } = values;
      if (node_uuid == null) return allocateLater(core, values, context);
      return withNode(core, node_uuid, { purpose: "allocation backfill", context }, (task) => backfill(task, values));
    },
    destroyAllocation: async ({ allocation }, context) => {
      const { allocations } = core.stores;
      // One that finds its node while it is being deleted is looked at anew.
      for (let found = await allocations.find(allocation); found !== null; found = await allocations.find(allocation)) {
        const { uuid, node_uuid } = found;
        if (node_uuid === null) {
          if (await allocations.destroy(uuid, [{ field: "node_uuid", null: true }])) return;
          continue;
        }
        return withNode(core, node_uuid, { purpose: "allocation removal", context }, (task) => release(task, uuid));
      }
      throw AllocationNotFound({ allocation });
    },
  };
}

/** The worker is claimed first: without one nothing is stored. @throws NoFreeConductorWorker */
async function allocateLater(
  core: Core,
  values: Values,
  context: Parameters<Handlers["createAllocation"]>[1],
): Promise<Allocation> {
  const slot = core.pool.claim("user");
  try {
    const made = await core.stores.allocations.create(complete(core, values));
    slot.run(() => allocate(core, made, portable(context)));
    return made;
  } catch (error) {
    slot.free();
    throw error;
  }
}

function complete(core: Core, values: Values): NewAllocation {
  return {
    ...values,
    uuid: values.uuid ?? crypto.randomUUID(),
    state: "allocating",
    conductor_affinity: core.hostname,
  };
}

/** An allocation for a node that has been deployed without one. Nothing of it is left when it is refused. */
async function backfill(task: NodeTask, values: Values): Promise<Allocation> {
  const { node, core } = task;
  checkBackfill(node, values);
  const uuid = values.uuid ?? node.instance_uuid ?? crypto.randomUUID();
  // Known to be under way here, or else the pass over unfinished allocations would take it up.
  core.allocating.add(uuid);
  try {
    const { resource_class } = node;
    const made = await core.stores.allocations.create({ ...complete(core, { ...values, uuid }), resource_class });
    try {
      const bound = await bind(task, made);
      if (bound === null) throw AllocationNotFound({ allocation: uuid });
      return bound;
    } catch (error) {
      await core.stores.allocations.destroy(uuid);
      throw error;
    }
  } finally {
    core.allocating.delete(uuid);
  }
}

/** @throws AllocationAlreadyExists, NodeAssociated, Conflict, InvalidParameterValue */
function checkBackfill(node: Node, { uuid, resource_class, traits = [], candidate_nodes = [] }: Values): void {
  const { instance_uuid, allocation_uuid, provision_state } = node;
  if (allocation_uuid !== null) throw AllocationAlreadyExists({ uuid: allocation_uuid });
  if (uuid !== undefined && instance_uuid !== null && uuid !== instance_uuid)
    throw NodeAssociated({ node: node.uuid, instance: instance_uuid });
  const cannot = `Cannot backfill an allocation for node ${node.uuid}`;
  if (provision_state !== "active")
    throw Conflict({ reason: `${cannot}: it must be in state active, but is in ${provision_state}.` });
  if (resource_class != null && resource_class !== node.resource_class)
    throw InvalidParameterValue({
      reason: `${cannot}: its resource_class is ${node.resource_class}, not ${resource_class}.`,
    });
  const missing = traits.filter((trait) => !node.traits.includes(trait));
  if (missing.length > 0)
    throw InvalidParameterValue({ reason: `${cannot}: it does not have the traits ${missing.join(", ")}.` });
  if (candidate_nodes.length > 0 && !candidate_nodes.includes(node.uuid))
    throw InvalidParameterValue({ reason: `${cannot}: candidate_nodes must be empty or name this node.` });
}

/** @throws Conflict while the node is in use */
async function release(task: NodeTask, uuid: string): Promise<void> {
  checkAllocationRemoval(task.node, uuid);
  if (task.node.allocation_uuid === uuid) await task.save({ instance_uuid: null, allocation_uuid: null });
  await task.core.stores.allocations.destroy(uuid);
}
