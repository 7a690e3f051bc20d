/**
 * Finding a node for an allocation and making it its own. The node is changed first, under its lock, and the allocation
 * after it; whoever stops in between is found again by the pass over unfinished allocations.
 * Source: contract state-machine.json, allocation_choice and allocation_states.
 */
import { type Context, serviceContext } from "../../common/context.ts";
import { reasonOf } from "../../common/errors/fault.ts";
import { NodeLocked } from "../../common/errors/node.ts";
import { AllocationNotFound } from "../../common/errors/request.ts";
import type { Allocation } from "../../common/objects/allocation.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Condition } from "../../db/contract.ts";
import type { Core } from "../core.ts";
import { eachOf } from "../periodic/scheduler.ts";
import type { NodeTask } from "../task.ts";
import { withNode } from "../with-node.ts";

type Tried = "bound" | "gone" | "taken" | "locked";

const AT_ONCE = 16;

/** The background part. It does not reject: what goes wrong is the allocation's last_error. */
export async function allocate(core: Core, allocation: Allocation, context: Context): Promise<void> {
  if (core.allocating.has(allocation.uuid)) return;
  core.allocating.add(allocation.uuid);
  try {
    const problem = await choose(core, allocation, context);
    if (problem !== null && !core.stopping.aborted) await fail(core, allocation, problem);
  } catch (error) {
    core.log.error({ error, allocation: allocation.uuid }, "an allocation could not be worked on; recovery will");
  } finally {
    core.allocating.delete(allocation.uuid);
  }
}

/** Why there is no node for it; null once it has one, or is gone itself. */
async function choose(core: Core, allocation: Allocation, context: Context): Promise<string | null> {
  const candidates = await candidatesFor(core, allocation);
  if (candidates.length === 0) return nothingFits(allocation);
  const locked: Node[] = [];
  let trouble: unknown = null;
  for (const [attempts, nodes] of [[1, candidates] as const, [undefined, locked] as const]) {
    for (const node of nodes) {
      try {
        const tried = await tryNode(core, allocation, node.uuid, context, attempts);
        if (tried === "bound" || tried === "gone") return null;
        if (tried === "locked" && attempts === 1) locked.push(node);
      } catch (error) {
        trouble = error;
        core.log.warn({ error, allocation: allocation.uuid, node: node.uuid }, "a candidate could not be reserved");
      }
    }
  }
  const cause = trouble === null ? "" : ` The last one failed with: ${reasonOf(trouble)}`;
  return `all ${candidates.length} nodes that matched were taken or locked meanwhile; create it again.${cause}`;
}

function nothingFits({ candidate_nodes, resource_class, traits, owner }: Allocation): string {
  const which = candidate_nodes.length > 0 ? "none of the candidate nodes is" : "no node is";
  const having = traits.length > 0 ? ` with traits ${traits.join(", ")}` : "";
  const of = owner === null ? "" : `, owned or leased by ${owner}`;
  return `${which} available, out of maintenance, without an instance, of resource class ${resource_class}${having}${of}.`;
}

/** In the order to try them: one of the allocation's own name first, the rest at random, so that many do not meet. */
async function candidatesFor(core: Core, allocation: Allocation): Promise<readonly Node[]> {
  const { owner, candidate_nodes, name } = allocation;
  const ofOwner: Condition = {
    anyOf: [[{ field: "owner", is: owner }], [{ field: "lessee", is: owner }]],
  };
  const nodes = await core.stores.nodes.list({
    where: [
      { field: "provision_state", is: "available" },
      { field: "maintenance", is: false },
      { field: "instance_uuid", null: true },
      { field: "power_state", null: false },
      { field: "resource_class", is: allocation.resource_class },
      ...(owner === null ? [] : [ofOwner]),
      ...(candidate_nodes.length === 0 ? [] : [{ field: "uuid", in: candidate_nodes }]),
    ],
    fields: ["name", "traits"],
  });
  const fitting = nodes.filter((node) => hasTraits(node, allocation.traits));
  const shuffled = fitting.map((node) => ({ node, at: Math.random() })).sort((a, b) => a.at - b.at);
  const first = shuffled.filter(({ node }) => name !== null && node.name === name);
  return [...first, ...shuffled.filter((item) => !first.includes(item))].map(({ node }) => node);
}

function hasTraits(node: Node, traits: readonly string[]): boolean {
  return traits.every((trait) => node.traits.includes(trait));
}

async function tryNode(
  core: Core,
  allocation: Allocation,
  uuid: string,
  context: Context,
  attempts: number | undefined,
): Promise<Tried> {
  const hold = { purpose: "allocation", context, ...(attempts === undefined ? {} : { attempts }) };
  try {
    return await withNode(core, uuid, hold, async (task) => {
      const { node } = task;
      const free = node.provision_state === "available" && !node.maintenance && node.instance_uuid === null;
      if (!free || !hasTraits(node, allocation.traits)) return "taken";
      return (await bind(task, allocation)) === null ? "gone" : "bound";
    });
  } catch (error) {
    if (NodeLocked.matches(error)) return "locked";
    throw error;
  }
}

/** Both sides of the tie; null when the allocation was deleted meanwhile: then the node is as it was. */
export async function bind(task: NodeTask, allocation: Allocation): Promise<Allocation | null> {
  const { instance_uuid, instance_info } = task.node;
  await task.save({
    instance_uuid: allocation.uuid,
    allocation_uuid: allocation.uuid,
    instance_info: { ...instance_info, traits: [...allocation.traits] },
  });
  try {
    return await activate(task.core, allocation, task.node.uuid);
  } catch (error) {
    await task.save({ instance_uuid, allocation_uuid: null, instance_info });
    if (AllocationNotFound.matches(error)) return null;
    throw error;
  }
}

function activate({ stores }: Core, { uuid }: Allocation, node_uuid: string): Promise<Allocation> {
  const changes = { node_uuid, state: "active", last_error: null } as const;
  return stores.allocations.update(uuid, changes, [{ field: "state", is: "allocating" }]);
}

async function fail(core: Core, { uuid }: Allocation, problem: string): Promise<void> {
  const last_error = `Failed to process allocation ${uuid}: ${problem}`;
  try {
    await core.stores.allocations.update(uuid, { state: "error", last_error }, [{ field: "state", is: "allocating" }]);
    core.log.warn({ allocation: uuid }, last_error);
  } catch (error) {
    if (!AllocationNotFound.matches(error)) throw error;
  }
}

/** Takes up what a process that is gone, this host's former one among them, left unfinished. */
export async function allocationPass(core: Core): Promise<void> {
  const open = await core.stores.allocations.list({ where: [{ field: "state", is: "allocating" }] });
  if (open.length === 0) return;
  const conductors = await core.stores.conductors.list(core.config.conductor.heartbeat_timeout);
  const others = conductors.filter(({ alive, hostname }) => alive && hostname !== core.hostname);
  const atWork = new Set(others.map(({ hostname }) => hostname));
  const left = open.filter(
    ({ uuid, conductor_affinity: host }) => !core.allocating.has(uuid) && (host === null || !atWork.has(host)),
  );
  await eachOf(left, AT_ONCE, (allocation) => takeUp(core, allocation));
}

async function takeUp(core: Core, allocation: Allocation): Promise<void> {
  try {
    const [tied] = await core.stores.nodes.list({ where: [{ field: "allocation_uuid", is: allocation.uuid }] });
    if (tied !== undefined) await activate(core, allocation, tied.uuid);
    else if (allocation.node_uuid !== null) await fail(core, allocation, "its conductor stopped; create it again.");
    else await allocate(core, allocation, serviceContext("allocation"));
  } catch (error) {
    if (AllocationNotFound.matches(error)) return;
    core.log.error({ error, allocation: allocation.uuid }, "an allocation could not be taken up; the next pass will");
  }
}
