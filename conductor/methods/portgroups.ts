/** Methods that change and delete port groups, and the rules of membership. The node's lock guards its port groups. */
import { PortgroupNotFound } from "../../common/errors/network.ts";
import { Conflict } from "../../common/errors/node.ts";
import { Invalid, InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Port } from "../../common/objects/port.ts";
import type { Portgroup } from "../../common/objects/portgroup.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { State } from "../../common/states.ts";
import type { Stores } from "../../db/contract.ts";
import type { Core } from "../core.ts";
import { withNode } from "../with-node.ts";

const MOVE_STATES: readonly State[] = ["enroll", "inspecting", "inspect wait", "manageable"];

export function portgroupMethods(core: Core): Pick<Handlers, "updatePortgroup" | "destroyPortgroup"> {
  return {
    updatePortgroup: (p, context) =>
      withNode(core, p.node, { purpose: "portgroup update", context }, async (task) => {
        const portgroup = await core.stores.portgroups.get(p.portgroup);
        const target = p.changes.node_uuid;
        if (target !== undefined && target !== portgroup.node_uuid)
          await checkMove(core.stores, task.node, portgroup, target);
        await task.ensureLock();
        return core.stores.portgroups.update(p.portgroup, p.changes);
      }),
    destroyPortgroup: (p, context) =>
      withNode(core, p.node, { purpose: "portgroup deletion", context }, async (task) => {
        await task.ensureLock();
        await core.stores.portgroups.destroy(p.portgroup);
      }),
  };
}

/** Source: the contract's state-machine.json, portgroup_patch. @throws Conflict, Invalid */
async function checkMove(stores: Stores, node: Node, portgroup: Portgroup, target: string): Promise<void> {
  if (!node.maintenance && !MOVE_STATES.includes(node.provision_state))
    throw Conflict({
      reason: `Portgroup ${portgroup.uuid} cannot move from node ${node.uuid} in state ${node.provision_state}: only in ${MOVE_STATES.join(", ")} or in maintenance.`,
    });
  if ((await membersOf(stores, portgroup.uuid)).length > 0)
    throw Invalid({
      reason: `Portgroup ${portgroup.uuid} cannot move to node ${target}: ports belong to it; take them out of it first.`,
    });
}

function membersOf(stores: Stores, portgroup: string): Promise<readonly Port[]> {
  return stores.ports.list({ where: [{ field: "portgroup_uuid", is: portgroup }] });
}

/** What a port would be as a member. */
export type Member = Pick<Port, "uuid" | "node_uuid" | "physical_network">;

/**
 * The group that `port` wants to belong to, with all its members in one physical network.
 * @throws InvalidParameterValue for a group that does not exist or belongs to another node, Conflict
 */
export async function groupFor(stores: Stores, port: Member, uuid: string): Promise<Portgroup> {
  const group = await stores.portgroups.find(uuid);
  if (group === null)
    throw InvalidParameterValue({ reason: `portgroup_uuid: ${PortgroupNotFound({ portgroup: uuid }).message}` });
  if (group.node_uuid !== port.node_uuid)
    throw InvalidParameterValue({
      reason: `portgroup_uuid: port ${port.uuid} of node ${port.node_uuid} can not be added to portgroup ${uuid}, which belongs to node ${group.node_uuid}.`,
    });
  const others = (await membersOf(stores, uuid)).filter((member) => member.uuid !== port.uuid);
  const settled = group.physical_network !== null || others.length > 0;
  if (settled && group.physical_network !== port.physical_network)
    throw Conflict({
      reason: `Port ${port.uuid} with physical network ${port.physical_network} cannot become a member of portgroup ${uuid}, whose physical network is ${group.physical_network}.`,
    });
  return group;
}

/** The first member decides the physical network of a group that has none. */
export async function settleNetwork(stores: Stores, group: Portgroup, port: Member): Promise<void> {
  const { physical_network } = port;
  if (physical_network !== null && group.physical_network === null)
    await stores.portgroups.update(group.uuid, { physical_network });
}
