/** Methods that create, change and delete ports. The node's lock guards its ports. */
import { Conflict } from "../../common/errors/node.ts";
import type { Node } from "../../common/objects/node.ts";
import type { NewPort, Port, PortChanges } from "../../common/objects/port.ts";
import type { Portgroup } from "../../common/objects/portgroup.ts";
import type { Handlers } from "../../common/rpc/contract.ts";
import type { State } from "../../common/states.ts";
import type { Stores } from "../../db/contract.ts";
import type { Core } from "../core.ts";
import { unlessHeld } from "../unless-held.ts";
import { withNode } from "../with-node.ts";
import { groupFor, settleNetwork } from "./portgroups.ts";

const CONNECTIVITY_FIELDS = ["portgroup_uuid", "pxe_enabled", "local_link_connection", "physical_network"] as const;
const CONNECTIVITY_STATES: readonly State[] = ["enroll", "inspecting", "inspect wait", "manageable"];

export function portMethods(core: Core): Pick<Handlers, "createPort" | "updatePort" | "destroyPort"> {
  return {
    createPort: async (p, context) => {
      if (p.values.portgroup_uuid == null) {
        const port = await unlessHeld(core, p.values.node_uuid, () => core.stores.ports.createUnlocked(p.values));
        if (port !== null) return port;
      }
      return withNode(core, p.values.node_uuid, { purpose: "port create", context }, async (task) => {
        const { uuid, node_uuid, portgroup_uuid, physical_network = null } = p.values;
        const member = { uuid, node_uuid, physical_network };
        const group = portgroup_uuid == null ? null : await groupFor(core.stores, member, portgroup_uuid);
        if (group !== null) checkStandalone(group, p.values);
        await task.ensureLock();
        const port = await core.stores.ports.create(p.values);
        if (group !== null) await settleNetwork(core.stores, group, port);
        return port;
      });
    },
    updatePort: (p, context) =>
      withNode(core, p.node, { purpose: "port update", context }, async (task) => {
        const port = await core.stores.ports.get(p.port);
        checkPortChanges(task.node, port, p.changes);
        const group = await groupAfter(core.stores, port, p.changes);
        await task.ensureLock();
        const updated = await core.stores.ports.update(p.port, p.changes);
        if (group !== null) await settleNetwork(core.stores, group, updated);
        if (touchesNetwork(p.changes)) await task.driver.network.portChanged(task, p.port);
        return updated;
      }),
    destroyPort: async (p, context) => {
      const gone = await unlessHeld(core, p.node, () =>
        core.stores.ports.destroyUnlocked(p.port, p.node, (port) => vifOf(port) === null),
      );
      if (gone === true) return;
      await withNode(core, p.node, { purpose: "port deletion", context }, async (task) => {
        const vif = vifOf(await core.stores.ports.get(p.port));
        if (vif !== null && !task.node.maintenance)
          throw Conflict({
            reason: `Port ${p.port} has VIF ${JSON.stringify(vif)} attached: detach it from node ${p.node} or set maintenance mode first.`,
          });
        await task.ensureLock();
        await core.stores.ports.destroy(p.port);
      });
    },
  };
}

function vifOf(port: Port) {
  return port.internal_info.tenant_vif_port_id ?? null;
}

/** Source: the contract's state-machine.json, port_patch. @throws Conflict */
function checkPortChanges(node: Node, port: Port, changes: PortChanges): void {
  if (node.maintenance) return;
  const where = `port ${port.uuid} on node ${node.uuid}`;
  if (changes.address !== undefined && changes.address !== port.address) {
    if (node.provision_state === "active" || node.instance_uuid !== null)
      throw Conflict({
        reason: `Cannot change the address of ${where}: the node is in use; set maintenance mode first.`,
      });
  }
  const touched = CONNECTIVITY_FIELDS.filter(
    (field) => changes[field] !== undefined && JSON.stringify(changes[field]) !== JSON.stringify(port[field]),
  );
  if (touched.length > 0 && !CONNECTIVITY_STATES.includes(node.provision_state))
    throw Conflict({
      reason: `Cannot change ${touched.join(", ")} of ${where} in state ${node.provision_state}: only in ${CONNECTIVITY_STATES.join(", ")} or in maintenance.`,
    });
}

/** A group that does not support standalone ports has none that boots from the network. @throws Conflict */
function checkStandalone(group: Portgroup, port: NewPort): void {
  if (!group.standalone_ports_supported && port.pxe_enabled === true)
    throw Conflict({
      reason: `Portgroup ${group.uuid} doesn't support standalone ports: port ${port.address} cannot be a member with pxe_enabled true; set it to false.`,
    });
}

/** The port's group after a change that concerns it; null when it does not, or there is none. @throws what groupFor throws */
async function groupAfter(stores: Stores, port: Port, changes: PortChanges): Promise<Portgroup | null> {
  const { portgroup_uuid = port.portgroup_uuid, physical_network = port.physical_network } = changes;
  const concerned = portgroup_uuid !== port.portgroup_uuid || physical_network !== port.physical_network;
  if (!concerned || portgroup_uuid === null) return null;
  return await groupFor(stores, { ...port, physical_network }, portgroup_uuid);
}

function touchesNetwork(changes: PortChanges): boolean {
  return changes.address !== undefined || CONNECTIVITY_FIELDS.some((field) => changes[field] !== undefined);
}
