/** Finds the port group a path or parameter names, as the request's access allows. */
import type { Portgroup } from "../../common/objects/portgroup.ts";
import type { NodeCall } from "./find-node.ts";

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
