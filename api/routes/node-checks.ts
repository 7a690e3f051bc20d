/** What a new or changed node must satisfy beyond its schema. Source: contract state-machine.json (node_patch). */
import { InvalidParameterValue, NodeInspecting, NotAcceptable } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { type PatchOperation, segments } from "../engine/json-patch.ts";
import type { Services } from "../services.ts";
import { type SeeingCall, seenNode } from "./find-node.ts";

const CHASSIS_REMOVE_SINCE = 25;
const INSPECT_WAIT_SINCE = 39;

/** @throws InvalidParameterValue naming the chassis */
export async function checkChassis(services: Services, uuid: string | null | undefined): Promise<void> {
  if (uuid === undefined || uuid === null) return;
  const [found] = await services.stores.chassis.list({ where: [{ field: "uuid", is: uuid }], limit: 1 });
  if (found === undefined) {
    throw InvalidParameterValue({ reason: `chassis_uuid: chassis ${uuid} could not be found; create it first.` });
  }
}

/** The UUID of the parent that `ident` (UUID or name) means, among the nodes that the caller sees. @throws InvalidParameterValue */
export async function parentUuid(call: SeeingCall, ident: string, owner: string | null): Promise<string> {
  const parent = await seenNode(call, ident, ["uuid", "owner", "parent_node"]);
  if (parent === null) throw InvalidParameterValue({ reason: `parent_node: node ${ident} could not be found.` });
  if (parent.owner !== owner) {
    throw InvalidParameterValue({ reason: `parent_node: node ${ident} has another owner than this node.` });
  }
  if (parent.parent_node !== null) {
    throw InvalidParameterValue({ reason: `parent_node: node ${ident} is a child node itself.` });
  }
  return parent.uuid;
}

/**
 * A new node may only belong to the caller's own project; without authentication there is none. PATCH gives it an owner.
 * @throws InvalidParameterValue
 */
export function checkNewOwner(owner: string | null | undefined, project: string | null | undefined): void {
  if (owner == null || owner === "" || owner === project) return;
  throw InvalidParameterValue({
    reason: `owner: a node can only be created with your own project as its owner, not "${owner.slice(0, 100)}"; leave it out and patch it afterwards.`,
  });
}

/** @throws InvalidParameterValue */
export function checkConductorGroup(group: string | undefined): void {
  if (group !== undefined && !/^[a-z0-9_.-]*$/.test(group)) {
    throw InvalidParameterValue({
      reason: `conductor_group: "${group}" is invalid; use letters, digits, "_", "-" and ".".`,
    });
  }
}

/** From 1.39 on, running inspection keeps a node from being changed; the conductor checks the other states. @throws NodeInspecting */
export function checkNotInspecting(node: Pick<Node, "uuid" | "provision_state">, minor: number): void {
  if (node.provision_state === "inspecting" && minor >= INSPECT_WAIT_SINCE) throw NodeInspecting({ node: node.uuid });
}

/** @throws NotAcceptable: below 1.25 a node stays in its chassis */
export function checkChassisRemoval(operations: readonly PatchOperation[], minor: number): void {
  const removes = operations.some(({ op, path }) => op === "remove" && segments(path)[0] === "chassis_uuid");
  if (removes && minor < CHASSIS_REMOVE_SINCE) {
    throw NotAcceptable({ reason: `Removing chassis_uuid needs API version 1.${CHASSIS_REMOVE_SINCE} or newer.` });
  }
}
