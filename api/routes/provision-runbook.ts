/** A runbook in a provision request: whether the node may use it, and its steps in the request's place. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import type { Runbook } from "../../common/objects/runbook.ts";
import type { Verb } from "../../common/states.ts";
import type { ParamDefs } from "../engine/params.ts";
import { refuseNewer } from "../engine/project.ts";
import type { Call } from "../engine/route.ts";
import { RUNBOOK_TRAITS_SINCE, RUNBOOKS_SINCE } from "../resources/runbook.ts";
import type { ProvisionBody } from "./provision-checks.ts";
import { findRunbook } from "./runbooks.ts";

/** An empty name names none. */
export function namesRunbook(body: ProvisionBody): body is ProvisionBody & { readonly runbook: string } {
  return body.runbook !== undefined && body.runbook !== null && body.runbook !== "";
}

/**
 * The request as it is without a runbook, with the runbook's steps and its choice about the ramdisk. Source: contract
 * state-machine.json, verb_checks_in_order.
 * @throws NotAcceptable, RunbookNotFound, NotAuthorized, InvalidParameterValue
 */
export async function withRunbook(
  call: Pick<Call<ParamDefs, unknown>, "services" | "caller">,
  node: Node,
  body: ProvisionBody,
  verb: Verb,
  minor: number,
): Promise<ProvisionBody> {
  if (!namesRunbook(body)) return body;
  refuseNewer("runbook", RUNBOOKS_SINCE, minor);
  const access = call.caller.access("baremetal:runbook:use");
  const runbook = await findRunbook({ ...call, jsonSuffix: false }, access, body.runbook);
  refuseUnapproved(runbook, node, minor);
  const { clean_steps, service_steps, runbook: _name, ...rest } = body;
  if ((clean_steps ?? []).length > 0 || (service_steps ?? []).length > 0) {
    throw InvalidParameterValue({ reason: "Give either a runbook or steps, not both." });
  }
  const steps = verb === "service" ? { service_steps: runbook.steps } : { clean_steps: runbook.steps };
  return { ...rest, disable_ramdisk: runbook.disable_ramdisk, ...steps };
}

/** A trait in common makes a node one that may use the runbook; in older versions the trait is its name. */
function refuseUnapproved(runbook: Runbook, node: Node, minor: number): void {
  const approving = minor >= RUNBOOK_TRAITS_SINCE ? runbook.traits : [runbook.name];
  if (approving.some((trait) => node.traits.includes(trait))) return;
  const which = approving.length === 0 ? "the runbook has no traits" : `it has none of ${approving.join(", ")}`;
  throw InvalidParameterValue({
    reason: `Runbook ${runbook.name} is not approved for node ${node.uuid}: ${which}. Add a trait they have in common.`,
  });
}
