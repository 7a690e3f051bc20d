/** What a ramdisk has found out about its machine: POST /v1/continue_inspection. Source: contract agent-api.json, inspection. */
import { bmcAddress } from "../../common/bmc-addresses.ts";
import { InvalidParameterValue } from "../../common/errors/request.ts";
import { isJsonObject, type JsonObject } from "../../common/json.ts";
import { bodyRoute } from "../engine/define-route.ts";
import { textParam } from "../engine/params.ts";
import { checker } from "../engine/validate.ts";
import { isUuidLike } from "../engine/values.ts";
import { type Clues, inspectedNode } from "./inspected-node.ts";
import { lookupAnswer, notFound, validMacs } from "./ramdisk-answer.ts";

const INSPECTION_SINCE = 84;
/** Exactly 1.1 is the old callback, which sends no version. */
const LEGACY_MINOR = 1;

interface InspectionData {
  readonly inventory: JsonObject & {
    readonly interfaces: readonly { readonly mac_address: string }[];
    readonly bmc_address?: string | null;
    readonly bmc_v6address?: string | null;
  };
}

const INTERFACE = { type: "object", properties: { mac_address: { type: "string" } }, required: ["mac_address"] };

const inspectionBody = checker<JsonObject & InspectionData>("inspection data", {
  type: "object",
  properties: {
    inventory: {
      type: "object",
      properties: {
        bmc_address: { type: ["string", "null"] },
        bmc_v6address: { type: ["string", "null"] },
        interfaces: { type: "array", minItems: 1, items: INTERFACE },
      },
      required: ["interfaces"],
    },
  },
  required: ["inventory"],
});

/** @throws InvalidParameterValue when there is none */
function cluesOf({ inventory }: InspectionData, uuid: string | undefined): Clues {
  if (uuid !== undefined && !isUuidLike(uuid)) {
    throw InvalidParameterValue({ reason: `node_uuid must be a UUID, got "${uuid}".` });
  }
  const macs = validMacs(inventory.interfaces.map((nic) => nic.mac_address));
  const bmcs = [inventory.bmc_address, inventory.bmc_v6address]
    .map((address) => bmcAddress(address ?? ""))
    .filter((address) => address !== null);
  if (uuid === undefined && macs.length + bmcs.length === 0) {
    throw InvalidParameterValue({
      reason:
        "Nothing says whose inspection data this is: inventory/interfaces has no valid MAC address, there is no bmc_address or bmc_v6address, and node_uuid is not given.",
    });
  }
  return { uuid, macs, bmcs };
}

const continueInspection = bodyRoute({
  method: "POST",
  path: "/v1/continue_inspection",
  policy: "baremetal:driver:ipa_continue_inspection",
  ramdisk: true,
  query: { node_uuid: textParam() },
  body: inspectionBody,
  bodyLimit: "inspection",
  status: 202,
  tells: true,
  async handle(call) {
    const { services, minor, body, context } = call;
    if (minor < INSPECTION_SINCE && minor !== LEGACY_MINOR) throw notFound();
    const { inventory, ...pluginData } = body;
    const clues = cluesOf(body, call.query.node_uuid);
    const node = await inspectedNode(call, clues);
    // The token is handed out before the data is taken in: afterwards it may be gone.
    const answer = await lookupAnswer(call, node, clues.macs[0] ?? null);
    const host = await services.conductors.hostFor(node);
    const params = { node: node.uuid, inventory, plugin_data: isJsonObject(pluginData) ? pluginData : {} };
    await services.transport.call(host, "continueInspection", params, context);
    return minor === LEGACY_MINOR ? { body: { uuid: node.uuid } } : answer;
  },
});

export const inspectionDataRoutes = [continueInspection];
