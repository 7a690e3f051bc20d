/** The traits of a node. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isTrait } from "../../common/traits.ts";
import { ANY_BODY, bodyRoute, objectBody, route } from "../engine/define-route.ts";
import type { ParamDefs } from "../engine/params.ts";
import type { Call } from "../engine/route.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";

const TRAITS_SINCE = 37;

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "context" | "minor" | "access" | "jsonSuffix" | "params">;

const show = route({
  method: "GET",
  path: "/v1/nodes/:node/traits",
  since: TRAITS_SINCE,
  below: 406,
  policy: "baremetal:node:traits:list",
  status: 200,
  async handle(call) {
    const { traits } = await findNode(call, call.params.node ?? "", ["uuid", "traits"]);
    return { body: { traits } };
  },
});

async function add(call: AnyCall, traits: readonly string[], replace: boolean): Promise<void> {
  const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
  const host = await call.services.conductors.hostFor(record);
  const params = { node: record.uuid, traits, replace };
  await call.services.transport.call(host, "addNodeTraits", params, call.context);
}

async function remove(call: AnyCall, traits: readonly string[] | null): Promise<void> {
  const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
  const host = await call.services.conductors.hostFor(record);
  await call.services.transport.call(host, "removeNodeTraits", { node: record.uuid, traits }, call.context);
}

const replaceAll = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/traits",
  since: TRAITS_SINCE,
  below: 405,
  absentText: "",
  policy: "baremetal:node:traits:set",
  body: objectBody<{ traits: readonly string[] }>(
    "traits",
    { traits: { type: "array", items: { type: "string", format: "trait" } } },
    ["traits"],
  ),
  status: 204,
  async handle(call) {
    await add(call, call.body.traits, true);
    return {};
  },
});

const addOne = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/traits/:trait",
  since: TRAITS_SINCE,
  below: 405,
  absentText: "",
  policy: "baremetal:node:traits:set",
  body: ANY_BODY,
  status: 204,
  async handle(call) {
    const { node = "", trait = "" } = call.params;
    if (!isEmpty(call.body)) {
      throw InvalidParameterValue({ reason: `Trait ${shortened(trait)} is set without a body; leave it out.` });
    }
    if (!isTrait(trait)) {
      throw InvalidParameterValue({
        reason: `"${shortened(trait)}" is no trait: use a standard one or CUSTOM_ with capital letters, digits and underscores, at most 255 characters.`,
      });
    }
    await add(call, [trait], false);
    return { location: `nodes/${node}/traits/${trait}` };
  },
});

const removeAll = route({
  method: "DELETE",
  path: "/v1/nodes/:node/traits",
  since: TRAITS_SINCE,
  policy: "baremetal:node:traits:delete",
  status: 204,
  async handle(call) {
    await remove(call, null);
    return {};
  },
});

const removeOne = route({
  method: "DELETE",
  path: "/v1/nodes/:node/traits/:trait",
  since: TRAITS_SINCE,
  policy: "baremetal:node:traits:delete",
  status: 204,
  async handle(call) {
    await remove(call, [call.params.trait ?? ""]);
    return {};
  },
});

function isEmpty(body: unknown): boolean {
  return typeof body === "object" && body !== null && !Array.isArray(body) && Object.keys(body).length === 0;
}

function shortened(trait: string): string {
  return trait.slice(0, 100);
}

export const nodeTraitRoutes = [show, replaceAll, addOne, removeAll, removeOne];
