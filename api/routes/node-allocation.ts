/** The allocation of a node, as a part of it. */
import { NodeNotFound } from "../../common/errors/node.ts";
import { InvalidParameterValue, NotFound } from "../../common/errors/request.ts";
import type { Allocation } from "../../common/objects/allocation.ts";
import { route } from "../engine/define-route.ts";
import { fieldsParam, type ParamDefs } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Call } from "../engine/route.ts";
import { ALLOCATIONS_SINCE, allocation } from "../resources/allocation.ts";
import { destroyAllocation } from "./allocations.ts";
import { findNode } from "./find-node.ts";

const PLACE = {
  path: "/v1/nodes/:node/allocation",
  since: ALLOCATIONS_SINCE,
  absentText: "",
} as const;

/** @throws NotFound without one; InvalidParameterValue for an unknown node, so the contract has it */
async function ofNode(call: Call<ParamDefs, unknown>): Promise<Allocation> {
  const ident = call.params.node ?? "";
  const node = await findNode(call, ident, ["uuid"]).catch((error: unknown) => {
    throw NodeNotFound.matches(error)
      ? InvalidParameterValue({ reason: `Node ${ident} could not be found.` }, error)
      : error;
  });
  const where = [{ field: "node_uuid", is: node.uuid }];
  const { allocations } = call.services.stores;
  const record = await call.access.permitted(
    "allocation",
    async (seen) => (await allocations.list({ where, limit: 1, ...seen }))[0] ?? null,
  );
  if (record === null) throw NotFound({ what: `An allocation of node ${node.uuid}` });
  return record;
}

const show = route({
  ...PLACE,
  method: "GET",
  policy: "baremetal:allocation:get",
  query: { fields: fieldsParam({ since: ALLOCATIONS_SINCE }) },
  status: 200,
  async handle(call) {
    const chosen = projection(allocation, call.minor, call.query.fields ?? "detail");
    return { body: chosen.render(await ofNode(call), await call.view()) };
  },
});

const destroy = route({
  ...PLACE,
  method: "DELETE",
  policy: "baremetal:allocation:delete",
  status: 204,
  async handle(call) {
    await destroyAllocation(call.services, await ofNode(call), call.context);
    return {};
  },
});

export const nodeAllocationRoutes = [show, destroy];
