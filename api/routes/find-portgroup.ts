/** Finds the port group a path or parameter names, as the request's access allows. */
import { PortgroupNotFound } from "../../common/errors/network.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Portgroup } from "../../common/objects/portgroup.ts";
import { isUuidLike } from "../engine/values.ts";
import type { NodeCall } from "./find-node.ts";

const LOGICAL_NAME = /^[A-Za-z0-9._~-]{1,255}$/;

/** The same for a query parameter. @throws InvalidParameterValue for what can be neither */
export async function findPortgroupParam(
  call: NodeCall,
  ident: string,
  columns?: readonly string[],
): Promise<Portgroup> {
  if (!isUuidLike(ident) && !LOGICAL_NAME.test(ident)) {
    throw InvalidParameterValue({ reason: `portgroup: expected a UUID or a name, got "${ident}".` });
  }
  return await findPortgroup({ ...call, jsonSuffix: false }, ident, columns);
}

/** The port group called `ident`: UUID, or name. @throws PortgroupNotFound */
export async function findPortgroup(
  call: NodeCall,
  ident: string,
  columns?: readonly string[] | null,
): Promise<Portgroup> {
  const { portgroups } = call.services.stores;
  const fields = columns == null ? {} : { fields: columns };
  const find = (name: string) =>
    call.access.permitted("portgroup", (seen) => portgroups.find(name, { ...seen, ...fields }));
  const found = (call.jsonSuffix ? await find(`${ident}.json`) : null) ?? (await find(ident));
  if (found === null) throw PortgroupNotFound({ portgroup: ident });
  return found;
}
