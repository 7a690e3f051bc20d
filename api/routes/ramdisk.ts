/** What a booted ramdisk calls without credentials: lookup and heartbeat. Source: contract agent-api.json. */
import { InvalidParameterValue, MissingParameterValue, NotFound } from "../../common/errors/request.ts";
import { wantsFastTrack } from "../../common/fast-track.ts";
import type { Node } from "../../common/objects/node.ts";
import type { State } from "../../common/states.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import { textParam, uuidParam } from "../engine/params.ts";
import type { Answer } from "../engine/route.ts";
import { FULL_ACCESS } from "../policy/enforce.ts";
import { ADDRESS_COLUMNS, findNode, type NodeCall } from "./find-node.ts";
import { CALLER_COLUMNS, lookupAnswer, notFound, type RamdiskCall, validMacs } from "./ramdisk-answer.ts";

const RAMDISK_SINCE = 22;

const LOOKUP_STATES: readonly State[] = [
  "clean wait",
  "cleaning",
  "deploying",
  "inspect wait",
  "inspecting",
  "rescue wait",
  "rescuing",
  "service wait",
  "wait call-back",
];
/** Also allowed while a ramdisk may be left running between flows. */
const FAST_TRACK_STATES: readonly State[] = ["available", "enroll", "manageable", "service hold", "servicing"];

/** The one node with this UUID, or with a port among these addresses. @throws NotFound */
async function ramdiskNode(
  { services }: RamdiskCall,
  uuid: string | undefined,
  macs: readonly string[],
): Promise<Node> {
  const { nodes } = services.stores;
  const reading = { fields: CALLER_COLUMNS };
  const found = uuid === undefined ? await nodes.byAddresses(macs, reading) : [await nodes.find(uuid, reading)];
  const [node, ...others] = found;
  if (node === undefined || node === null || others.length > 0) throw notFound();
  return node;
}

const lookup = route({
  method: "GET",
  path: "/v1/lookup",
  since: RAMDISK_SINCE,
  policy: "baremetal:driver:ipa_lookup",
  ramdisk: true,
  query: { addresses: textParam(), node_uuid: uuidParam() },
  status: 200,
  async handle(call) {
    const { config } = call.services;
    const macs = validMacs((call.query.addresses ?? "").split(","));
    const uuid = call.query.node_uuid;
    if (uuid === undefined && macs.length === 0) {
      throw InvalidParameterValue({ reason: 'Give "node_uuid", or at least one valid MAC address in "addresses".' });
    }
    const node = await ramdiskNode(call, uuid, macs);
    const allowed = wantsFastTrack(node, config.deploy.fast_track)
      ? [...LOOKUP_STATES, ...FAST_TRACK_STATES]
      : LOOKUP_STATES;
    if (config.api.restrict_lookup && !allowed.includes(node.provision_state)) throw notFound();
    return await lookupAnswer(call, node, macs[0] ?? null);
  },
});

interface Heartbeat {
  readonly callback_url: string;
  readonly agent_version?: string;
  readonly agent_token?: string;
  readonly agent_verify_ca?: string;
  readonly agent_status?: string;
  readonly agent_status_message?: string;
}

/** Minors of the keys that came after the heartbeat itself; older requests with them are wrong, not unacceptable. */
const HEARTBEAT_KEYS_SINCE: Readonly<Record<string, number>> = {
  agent_version: 36,
  agent_verify_ca: 68,
  agent_status: 72,
  agent_status_message: 72,
};
const AGENT_STATUSES = ["start", "end", "error"];

function checkHeartbeat(body: Heartbeat, minor: number): void {
  if (minor < RAMDISK_SINCE)
    throw NotFound({ what: `The heartbeat (it needs API version 1.${RAMDISK_SINCE} or newer)` });
  for (const [key, since] of Object.entries(HEARTBEAT_KEYS_SINCE)) {
    if (since > minor && Object.hasOwn(body, key)) {
      throw InvalidParameterValue({ reason: `"${key}" in a heartbeat needs API version 1.${since} or newer.` });
    }
  }
}

/** Whether it is the one that the node knows, its conductor judges. @throws InvalidParameterValue */
function checkCallback(callback: string): void {
  const url = URL.canParse(callback) ? new URL(callback) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw InvalidParameterValue({
      reason: `callback_url must be an HTTP or HTTPS URL, got "${callback.slice(0, 200)}".`,
    });
  }
}

const TEXT = { type: "string" };

const HEARTBEAT_PROPERTIES = {
  callback_url: TEXT,
  agent_version: TEXT,
  agent_token: TEXT,
  agent_verify_ca: TEXT,
  agent_status: TEXT,
  agent_status_message: TEXT,
};

async function acceptHeartbeat(call: NodeCall & RamdiskCall, ident: string, body: Heartbeat): Promise<Answer> {
  const { services } = call;
  checkHeartbeat(body, call.minor);
  // Agents have no project; what they prove themselves by is the token.
  const node = await findNode({ ...call, access: FULL_ACCESS }, ident, ADDRESS_COLUMNS);
  // An installer reports its state and listens nowhere.
  if (body.callback_url !== "" || body.agent_status === undefined) checkCallback(body.callback_url);
  if (body.agent_token === undefined || body.agent_token === "") {
    throw MissingParameterValue({ reason: "agent_token is missing: send the one that lookup handed out." });
  }
  if (body.agent_status !== undefined && !AGENT_STATUSES.includes(body.agent_status)) {
    throw InvalidParameterValue({ reason: `agent_status must be one of ${AGENT_STATUSES.join(", ")}.` });
  }
  const { callback_url, agent_token, agent_version, agent_verify_ca, agent_status, agent_status_message } = body;
  const params = {
    node: node.uuid,
    callback_url,
    agent_token,
    agent_version: agent_version ?? null,
    ...(agent_verify_ca === undefined ? {} : { agent_verify_ca }),
    ...(agent_status === undefined ? {} : { agent_status }),
    ...(agent_status_message === undefined ? {} : { agent_status_message }),
  };
  const host = await services.conductors.hostFor(node);
  await services.transport.call(host, "heartbeat", params, call.context);
  return {};
}

const heartbeat = bodyRoute({
  method: "POST",
  path: "/v1/heartbeat/:agent",
  policy: "baremetal:node:ipa_heartbeat",
  ramdisk: true,
  body: objectBody<Heartbeat>("heartbeat", HEARTBEAT_PROPERTIES, ["callback_url"]),
  status: 202,
  handle: (call) => acceptHeartbeat(call, call.params.agent ?? "", call.body),
});

/** The node may also be named in the body. */
const heartbeatByBody = bodyRoute({
  method: "POST",
  path: "/v1/heartbeat",
  policy: "baremetal:node:ipa_heartbeat",
  ramdisk: true,
  body: objectBody<Heartbeat & { node_ident: string }>(
    "heartbeat",
    { node_ident: { type: "string" }, ...HEARTBEAT_PROPERTIES },
    ["node_ident", "callback_url"],
  ),
  status: 202,
  handle(call) {
    const { node_ident: ident, ...body } = call.body;
    return acceptHeartbeat(call, ident, body);
  },
});

export const ramdiskRoutes = [lookup, heartbeat, heartbeatByBody];
