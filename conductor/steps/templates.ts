/** The steps of the deploy templates whose names are among the traits that the instance asks for. */
import type { Node } from "../../common/objects/node.ts";
import type { RequestedStep } from "../../common/steps.ts";
import type { DeployTemplateStore } from "../../db/contract.ts";
import { stepName } from "./order.ts";

/** The request's own steps go before a template's of the same name. Source: contract steps.json, order of precedence. */
export async function withTemplateSteps(
  templates: Pick<DeployTemplateStore, "list">,
  node: Pick<Node, "instance_info">,
  requested: readonly RequestedStep[],
): Promise<readonly RequestedStep[]> {
  const { traits } = node.instance_info;
  const names = Array.isArray(traits) ? traits.filter((trait) => typeof trait === "string") : [];
  if (names.length === 0) return requested;
  const matching = await templates.list({ where: [{ field: "name", in: names }], fields: ["steps"], sortKey: "name" });
  const own = new Set(requested.map(stepName));
  return [...requested, ...matching.flatMap(({ steps }) => steps).filter((step) => !own.has(stepName(step)))];
}
