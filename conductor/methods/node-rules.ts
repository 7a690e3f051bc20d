/** When a change or a deletion of a node is refused. Source: the contract's state-machine.json, node_patch and node_delete. */
import type { Config } from "../../common/config/config.ts";
import { Conflict, NodeAssociated, NodeProtected } from "../../common/errors/node.ts";
import { Invalid } from "../../common/errors/request.ts";
import type { Allocation } from "../../common/objects/allocation.ts";
import { INTERFACE_TYPES, type Node, type NodeChanges } from "../../common/objects/node.ts";
import type { State } from "../../common/states.ts";

/** States with a target in which a node may be changed all the same. */
const UPDATE_ALLOWED: readonly State[] = [
  "deploy failed",
  "inspecting",
  "inspect failed",
  "inspect wait",
  "clean failed",
  "error",
  "verifying",
  "adopt failed",
  "rescue failed",
  "unrescue failed",
  "service hold",
  "service failed",
];
const INTERFACE_UPDATE: readonly State[] = ["enroll", "inspecting", "inspect wait", "manageable", "available"];
const DELETE_ALLOWED: readonly State[] = ["available", "manageable", "enroll", "adopt failed"];

/** `changes` holds only what differs from the node. @throws Conflict, NodeAssociated */
export function checkNodeChanges(node: Node, changes: NodeChanges): void {
  const fields = Object.keys(changes);
  const onlyTakesInstanceAway = fields.length === 1 && changes.instance_uuid === null;
  if (node.target_provision_state !== null && !UPDATE_ALLOWED.includes(node.provision_state)) {
    if (!(node.maintenance && onlyTakesInstanceAway))
      refuse(`Node ${node.uuid} can not be updated while a state transition is in progress.`);
  }
  checkInstance(node, changes);
  checkStateful(node, changes);
  checkReasons(node, changes);
}

/** Source: the contract's state-machine.json, allocation_delete. @throws Conflict */
export function checkAllocationRemoval(node: Node, allocation: string): void {
  if (node.maintenance) return;
  const moving = node.target_provision_state !== null && !UPDATE_ALLOWED.includes(node.provision_state);
  if (node.provision_state === "active" || moving)
    refuse(
      `Cannot remove allocation ${allocation} of node ${node.uuid} while the node is in state ${node.provision_state}: undeploy it first, or set maintenance.`,
    );
}

/** @throws Conflict: the node of an allocation with an owner stays with that owner */
export function checkOwnerChange(node: Node, asked: NodeChanges, allocation: Allocation | null): void {
  if (asked.owner === undefined || asked.owner === node.owner) return;
  if (allocation !== null && allocation.owner !== null)
    refuse(`The owner of node ${node.uuid} can not be changed while its allocation ${allocation.uuid} has an owner.`);
}

/** Before anything asks whether the new driver fits. @throws Conflict */
export function checkDriverChange(node: Node, asked: NodeChanges): void {
  if (asked.driver !== undefined && asked.driver !== node.driver && node.console_enabled)
    refuse(`The driver of node ${node.uuid} can not be changed while its console is enabled; disable it first.`);
}

/** A reason needs what it is the reason of. @throws Invalid */
function checkReasons(node: Node, changes: NodeChanges): void {
  for (const flag of ["protected", "retired"] as const) {
    const reason = changes[`${flag}_reason`];
    if (typeof reason === "string" && !(changes[flag] ?? node[flag]))
      throw Invalid({
        reason: `${flag}_reason of node ${node.uuid} can only be set while ${flag} is true; set that too.`,
      });
  }
}

function checkInstance(node: Node, changes: NodeChanges): void {
  const { instance_uuid } = changes;
  if (instance_uuid === undefined || node.instance_uuid === null) return;
  if (instance_uuid !== null) throw NodeAssociated({ node: node.uuid, instance: node.instance_uuid });
  if (node.allocation_uuid !== null && !node.maintenance && !INTERFACE_UPDATE.includes(node.provision_state))
    refuse(`Cannot remove instance_uuid of node ${node.uuid}: it is allocated and in state ${node.provision_state}.`);
}

function checkStateful(node: Node, changes: NodeChanges): void {
  const state = node.provision_state;
  const where = `node ${node.uuid} in state ${state}`;
  const freelyChanged = INTERFACE_UPDATE.includes(state);
  const touched = INTERFACE_TYPES.map((type) => `${type}_interface` as const).filter((name) => name in changes);
  if (touched.length > 0 && !freelyChanged && !node.maintenance)
    refuse(
      `${touched.join(", ")} of ${where} can not be changed: only in ${INTERFACE_UPDATE.join(", ")} or in maintenance.`,
    );
  if (changes.resource_class !== undefined && node.resource_class !== null && !freelyChanged)
    refuse(`resource_class of ${where} can not be changed: only in ${INTERFACE_UPDATE.join(", ")}.`);
  if (changes.protected === true && state !== "active" && state !== "rescue")
    refuse(`protected can not be set on ${where}: only in active and rescue.`);
  if (changes.retired === true && state === "available")
    refuse(`retired can not be set on ${where}: move the node to manageable first.`);
}

/** @throws NodeProtected, NodeAssociated, Conflict */
export function checkDestroy(node: Node, config: Config): void {
  if (node.protected) throw NodeProtected({ node: node.uuid });
  if (node.maintenance) return;
  if (node.instance_uuid !== null) throw NodeAssociated({ node: node.uuid, instance: node.instance_uuid });
  const allowed = DELETE_ALLOWED.filter(
    (state) => state !== "available" || config.conductor.allow_deleting_available_nodes,
  );
  if (!allowed.includes(node.provision_state))
    refuse(
      `Can not delete node ${node.uuid} while it is in provision state "${node.provision_state}". Valid provision states are: ${allowed.join(", ")}, or set maintenance mode.`,
    );
}

function refuse(reason: string): never {
  throw Conflict({ reason });
}
