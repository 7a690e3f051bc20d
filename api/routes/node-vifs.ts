/** Virtual interfaces (VIFs) of a node: what they mean is its network interface's. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { JsonObject } from "../../common/json.ts";
import { bodyRoute, route } from "../engine/define-route.ts";
import type { ParamDefs } from "../engine/params.ts";
import type { Call } from "../engine/route.ts";
import { checker } from "../engine/validate.ts";
import { isUuidLike } from "../engine/values.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";

const GATE = { since: 28, absentText: "" } as const;
/** Before, the choice of a port was a key like any other. */
const PORT_CHOICE_SINCE = 67;

const VIF_ID = /^[A-Za-z0-9._~-]{1,255}$/;

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "context" | "minor" | "access" | "jsonSuffix" | "params">;

async function addressed(call: AnyCall): Promise<{ node: string; host: string }> {
  const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
  return { node: record.uuid, host: await call.services.conductors.hostFor(record) };
}

/** @throws InvalidParameterValue */
function checkId(id: string): void {
  if (!isUuidLike(id) && !VIF_ID.test(id)) {
    throw InvalidParameterValue({ reason: `id: expected a UUID or a logical name, got "${id.slice(0, 100)}".` });
  }
}

const list = route({
  ...GATE,
  method: "GET",
  path: "/v1/nodes/:node/vifs",
  policy: "baremetal:node:vif:list",
  status: 200,
  async handle(call) {
    const { node, host } = await addressed(call);
    return { body: { vifs: await call.services.transport.call(host, "vifList", { node }, call.context) } };
  },
});

const attach = bodyRoute({
  ...GATE,
  method: "POST",
  path: "/v1/nodes/:node/vifs",
  policy: "baremetal:node:vif:attach",
  body: checker<JsonObject & { readonly id: string }>("vif", {
    type: "object",
    properties: { id: { type: "string" } },
    required: ["id"],
  }),
  status: 204,
  async handle(call) {
    const vif = call.body;
    checkId(vif.id);
    if (call.minor >= PORT_CHOICE_SINCE && "port_uuid" in vif && "portgroup_uuid" in vif) {
      throw InvalidParameterValue({ reason: 'vif: give either "port_uuid" or "portgroup_uuid", not both.' });
    }
    const { node, host } = await addressed(call);
    await call.services.transport.call(host, "vifAttach", { node, vif }, call.context);
    return {};
  },
});

const detach = route({
  ...GATE,
  method: "DELETE",
  path: "/v1/nodes/:node/vifs/:vif",
  policy: "baremetal:node:vif:detach",
  status: 204,
  async handle(call) {
    const { vif: vif_id = "" } = call.params;
    checkId(vif_id);
    const { node, host } = await addressed(call);
    await call.services.transport.call(host, "vifDetach", { node, vif_id }, call.context);
    return {};
  },
});

export const nodeVifRoutes = [list, attach, detach];
