/** PUT .../states/provision: the verbs of the provision state machine, each a call to the node's conductor. */
import type { Context } from "../../common/context.ts";
import type { Transport } from "../../common/rpc/transport.ts";
import type { Verb } from "../../common/states.ts";
import { bodyRoute, objectBody } from "../engine/define-route.ts";
import { flag } from "../engine/values.ts";
import { deploySteps, orderedSteps, requestedSteps } from "../resources/steps.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";
import { checkArguments, checkVerb, type ProvisionBody, refuseDisallowed } from "./provision-checks.ts";
import { checkRunbookSteps, rulesOfRequest } from "./provision-rights.ts";
import { namesRunbook, withRunbook } from "./provision-runbook.ts";

const COLUMNS = [
  ...ADDRESS_COLUMNS,
  "provision_state",
  "target_provision_state",
  "maintenance",
  "reservation",
  "lock_purpose",
  "lock_since",
];

const CONFIGDRIVE = {
  anyOf: [
    { type: ["string", "null"] },
    {
      type: "object",
      properties: {
        meta_data: { type: "object" },
        network_data: { type: "object" },
        user_data: { type: ["object", "array", "string", "null"] },
        vendor_data: { type: "object" },
      },
      additionalProperties: false,
    },
  ],
};

const body = objectBody<ProvisionBody>(
  "provision request",
  {
    target: { type: ["string", "null"] },
    configdrive: CONFIGDRIVE,
    clean_steps: orderedSteps,
    deploy_steps: deploySteps,
    service_steps: orderedSteps,
    rescue_password: { type: ["string", "null"] },
    disable_ramdisk: flag.schema,
    runbook: { type: ["string", "null"] },
  },
  ["target"],
);

interface Dispatch {
  readonly transport: Transport;
  readonly host: string;
  readonly node: string;
  readonly context: Context;
  readonly body: ProvisionBody;
}

async function deploy({ transport, host, node, context, body: asked }: Dispatch, rebuild: boolean): Promise<void> {
  const { configdrive, deploy_steps: steps } = asked;
  await transport.call(
    host,
    "doNodeDeploy",
    {
      node,
      rebuild,
      ...(configdrive === undefined || configdrive === null ? {} : { configdrive }),
      ...(steps === undefined || steps === null ? {} : { deploy_steps: requestedSteps(steps) }),
    },
    context,
  );
}

/** `disable_ramdisk` as the call takes it: left out unless given. */
function ramdisk(asked: ProvisionBody): { disable_ramdisk?: boolean } {
  const { disable_ramdisk: given } = asked;
  return given === undefined || given === null ? {} : { disable_ramdisk: flag.convert?.(given) === true };
}

/** Verbs that have a call of their own; the others are plain provisioning actions. */
const CALLS: Readonly<Partial<Record<Verb, (dispatch: Dispatch) => Promise<void>>>> = {
  deploy: (dispatch) => deploy(dispatch, false),
  rebuild: (dispatch) => deploy(dispatch, true),
  delete: ({ transport, host, node, context }) => transport.call(host, "doNodeTearDown", { node }, context),
  clean: ({ transport, host, node, context, body: asked }) =>
    transport.call(
      host,
      "doNodeClean",
      { node, clean_steps: requestedSteps(asked.clean_steps ?? []), ...ramdisk(asked) },
      context,
    ),
  service: ({ transport, host, node, context, body: asked }) =>
    transport.call(
      host,
      "doNodeService",
      { node, service_steps: requestedSteps(asked.service_steps ?? []), ...ramdisk(asked) },
      context,
    ),
  rescue: ({ transport, host, node, context, body: asked }) =>
    transport.call(host, "doNodeRescue", { node, rescue_password: asked.rescue_password ?? "" }, context),
  unrescue: ({ transport, host, node, context }) => transport.call(host, "doNodeUnrescue", { node }, context),
};

const provision = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/states/provision",
  policy: "baremetal:node:set_provision_state",
  decides: true,
  body,
  bodyLimit: "provision",
  status: 202,
  async handle(call) {
    const { services, params, context } = call;
    const columns = namesRunbook(call.body) ? [...COLUMNS, "traits"] : COLUMNS;
    const access = call.caller.access(...rulesOfRequest(call.body));
    const record = await findNode({ ...call, access }, params.node ?? "", columns);
    const verb = checkVerb(record, call.body, call.minor);
    const asked = await withRunbook(call, record, call.body, verb, call.minor);
    if (asked !== call.body) await checkRunbookSteps(call, record, asked);
    checkArguments(record, asked, verb, call.minor);
    refuseDisallowed(asked, services.config);
    const host = await services.conductors.hostFor(record);
    const dispatch: Dispatch = { transport: services.transport, host, node: record.uuid, context, body: asked };
    const special = CALLS[verb];
    if (special !== undefined) await special(dispatch);
    else await services.transport.call(host, "doProvisioningAction", { node: record.uuid, action: verb }, context);
    return { location: `nodes/${params.node}/states` };
  },
});

export const nodeProvisionRoutes = [provision];
