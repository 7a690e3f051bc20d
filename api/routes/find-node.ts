/** Finds the node a path or parameter names, as the request's version and access allow. */
import { NodeNotFound } from "../../common/errors/node.ts";
import { InvalidParameterValue, NotAcceptable } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Condition, Keeper, Kept } from "../../db/contract.ts";
import type { ParamDefs } from "../engine/params.ts";
import type { Call } from "../engine/route.ts";
import { isUuidLike } from "../engine/values.ts";
import { RECORDS } from "../policy/records.ts";
import { isNameAt, NAMES_SINCE } from "../resources/node-names.ts";

type AnyCall = Call<ParamDefs, unknown>;
export type NodeCall = Pick<AnyCall, "services" | "minor" | "access" | "jsonSuffix">;

/**
 * The node called `ident` in a path: UUID, or name from 1.5.
 * @throws NodeNotFound, InvalidParameterValue for what cannot be a name at this version
 */
export async function findNode(call: NodeCall, ident: string, columns?: readonly string[] | null): Promise<Node> {
  const fields = columns == null ? {} : { fields: columns };
  return await named(call, ident, (name) =>
    call.access.permitted("node", (seen) => call.services.stores.nodes.find(name, { ...seen, ...fields })),
  );
}

/** The same for what `keeper` makes of the node. @throws what findNode throws */
export async function findKeptNode<K extends Kept>(call: NodeCall, ident: string, keeper: Keeper<Node, K>): Promise<K> {
  return await named(call, ident, (name) =>
    call.access.permitted("node", (seen) => call.services.stores.nodes.findKept(name, seen, keeper)),
  );
}

async function named<T>(call: NodeCall, ident: string, find: (name: string) => Promise<T | null>): Promise<T> {
  if (call.jsonSuffix && call.minor >= NAMES_SINCE) {
    const withSuffix = await find(`${ident}.json`);
    if (withSuffix !== null) return withSuffix;
  }
  if (!isUuidLike(ident)) {
    if (call.minor < NAMES_SINCE) throw NodeNotFound({ node: ident });
    if (!isNameAt(ident, call.minor)) {
      throw InvalidParameterValue({ reason: `Expected a UUID or a logical name but received "${ident}".` });
    }
  }
  const found = await find(ident);
  if (found === null) throw NodeNotFound({ node: ident });
  return found;
}

/** The same for a query parameter, where a name below 1.5 is not acceptable. */
export async function findNodeParam(call: NodeCall, ident: string, columns?: readonly string[]): Promise<Node> {
  if (!isUuidLike(ident) && call.minor < NAMES_SINCE) {
    throw NotAcceptable({ reason: `Nodes have names ("${ident}") from API version 1.${NAMES_SINCE} on.` });
  }
  return await findNode({ ...call, jsonSuffix: false }, ident, columns);
}

/** Columns that address a node's conductor. */
export const ADDRESS_COLUMNS = ["uuid", "driver", "conductor_group", "reservation"] as const;

/**
 * The node that a body names as `node_uuid`, which is a value error when it does not exist. Whose rule depends on the node
 * is not told whether there is one. `moving`: the record has a node already, and the rule must hold for both.
 * @throws InvalidParameterValue, NotAuthorized
 */
export async function nodeInBody(
  call: Pick<NodeCall, "services" | "access">,
  ident: string,
  moving = false,
): Promise<Node> {
  const { nodes } = call.services.stores;
  const node = await call.access.permitted("node", (seen) => nodes.find(ident, { ...seen, fields: ADDRESS_COLUMNS }));
  if (node !== null) return node;
  if (!moving) call.access.refuseUnknown();
  throw InvalidParameterValue({ reason: `node_uuid: node ${ident} could not be found.` });
}

export type SeeingCall = Pick<AnyCall, "services" | "caller">;

/** A node that the request speaks of beside the one it is about: null also where the caller does not see it. */
export function seenNode(
  { services, caller }: SeeingCall,
  ident: string,
  fields: readonly string[],
): Promise<Node | null> {
  const access = caller.access(RECORDS.node.seenBy);
  return access.permitted("node", (seen) => services.stores.nodes.find(ident, { ...seen, fields }));
}

/** UUIDs of the nodes that satisfy `condition`. */
export async function nodesWhere(call: Pick<NodeCall, "services">, condition: Condition): Promise<readonly string[]> {
  const nodes = await call.services.stores.nodes.list({ where: [condition], fields: ["uuid"] });
  return nodes.map((node) => node.uuid);
}
