/** Which rules a provision request must pass beside its own: those of the steps in it. Source: contract policies.json. */
import type { Node } from "../../common/objects/node.ts";
import type { Caller } from "../policy/enforce.ts";
import { findNode, type NodeCall } from "./find-node.ts";
import type { ProvisionBody } from "./provision-checks.ts";

const PROVISION = "baremetal:node:set_provision_state";
/** Raw commands reach a machine by steps as well as by a call: the call's rule holds for both. */
const VENDOR = "baremetal:node:vendor_passthru";

const given = (steps: readonly unknown[] | null | undefined): boolean => steps != null && steps.length > 0;

/** As the request was sent. */
export function rulesOfRequest(body: ProvisionBody): readonly string[] {
  return [
    PROVISION,
    ...(given(body.clean_steps) ? [`${PROVISION}:clean_steps`] : []),
    ...(given(body.service_steps) ? [`${PROVISION}:service_steps`] : []),
    ...(hasVendorStep(body) ? [VENDOR] : []),
  ];
}

/** The steps that a runbook put in: who may use it may have them done, but for raw commands. @throws NotAuthorized */
export async function checkRunbookSteps(call: NodeCall & { readonly caller: Caller }, node: Node, body: ProvisionBody) {
  if (!hasVendorStep(body)) return;
  await findNode({ ...call, access: call.caller.access(VENDOR), jsonSuffix: false }, node.uuid, ["uuid"]);
}

function hasVendorStep({ clean_steps, deploy_steps, service_steps }: ProvisionBody): boolean {
  const steps = [clean_steps, deploy_steps, service_steps].flatMap((list) => list ?? []);
  return steps.some((step) => step.interface === "vendor");
}
