/** Indicators of a node: lights and the like, named <indicator>@<component>. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { IndicatorFacts } from "../../common/rpc/contract.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import type { ParamDefs } from "../engine/params.ts";
import { linkPair } from "../engine/resource.ts";
import type { Call } from "../engine/route.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "minor" | "access" | "jsonSuffix" | "params">;

async function addressed(call: AnyCall): Promise<{ node: string; host: string }> {
  const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
  return { node: record.uuid, host: await call.services.conductors.hostFor(record) };
}

/** @throws InvalidParameterValue */
function indicatorOf(call: AnyCall): { indicator: string; component: string } {
  const name = call.params.indicator ?? "";
  const at = name.lastIndexOf("@");
  if (at <= 0 || at === name.length - 1)
    throw InvalidParameterValue({
      reason: `"${name.slice(0, 100)}" is no name of an indicator; give <indicator>@<component>, such as led@system.`,
    });
  return { indicator: name.slice(0, at), component: name.slice(at + 1) };
}

function shown(facts: IndicatorFacts, base: string, node: string) {
  return Object.entries(facts).flatMap(([component, indicators]) =>
    Object.entries(indicators).map(([indicator, { readonly, states }]) => {
      const name = `${indicator}@${component}`;
      const links = linkPair(base, `nodes/${node}/management/indicators/${name}`);
      return { name, component, readonly, states, links };
    }),
  );
}

const list = route({
  method: "GET",
  path: "/v1/nodes/:node/management/indicators",
  policy: "baremetal:node:get_indicator_state",
  status: 200,
  async handle(call) {
    const { node, host } = await addressed(call);
    const facts = await call.services.transport.call(host, "getIndicators", { node }, call.context);
    return { body: { indicators: shown(facts, call.base, call.params.node ?? node) } };
  },
});

const show = route({
  method: "GET",
  path: "/v1/nodes/:node/management/indicators/:indicator",
  policy: "baremetal:node:get_indicator_state",
  status: 200,
  async handle(call) {
    const wanted = indicatorOf(call);
    const { node, host } = await addressed(call);
    const params = { node, ...wanted };
    return { body: { state: await call.services.transport.call(host, "getIndicatorState", params, call.context) } };
  },
});

const change = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/management/indicators/:indicator",
  policy: "baremetal:node:set_indicator_state",
  body: objectBody<{ state: string }>("indicator state", { state: { type: "string" } }, ["state"]),
  status: 204,
  async handle(call) {
    const wanted = indicatorOf(call);
    const { node, host } = await addressed(call);
    const params = { node, ...wanted, state: call.body.state };
    await call.services.transport.call(host, "setIndicatorState", params, call.context);
    return {};
  },
});

export const nodeIndicatorRoutes = [list, show, change];
