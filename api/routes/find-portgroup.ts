/** Finds the port group a path or parameter names, as the request's access allows. */
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
  const reading = {
    ...(call.access.visibility === undefined ? {} : { visibility: call.access.visibility }),
    ...(columns == null ? {} : { fields: columns }),
  };
  const dotted = call.jsonSuffix ? await portgroups.find(`${ident}.json`, reading) : null;
  return dotted ?? (await portgroups.get(ident, reading));
}
