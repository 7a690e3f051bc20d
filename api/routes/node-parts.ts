/** BIOS settings and firmware components of a node as drivers last read them, and its virtual media. */
import { BiosSettingNotFound, InvalidParameterValue } from "../../common/errors/request.ts";
import type { MediaDevice } from "../../common/rpc/contract.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import { booleanParam, fieldsParam, listParam, type ParamDefs } from "../engine/params.ts";
import type { Answer, Call } from "../engine/route.ts";
import {
  BIOS_REGISTRY_SINCE,
  BIOS_SINCE,
  biosSettingShown,
  chosenBiosFields,
  chosenFirmwareFields,
  FIRMWARE_SINCE,
  firmwareShown,
} from "../resources/node-parts.ts";
import { ADDRESS_COLUMNS, findNode } from "./find-node.ts";

const VMEDIA_SINCE = 89;
const VMEDIA_GET_SINCE = 93;
const DEVICES: readonly MediaDevice[] = ["disk", "cdrom", "floppy"];
const SCHEMES = ["http", "https", "nfs", "cifs", "smb"];

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "minor" | "access" | "jsonSuffix" | "params">;

const uuidOf = async (call: AnyCall) => (await findNode(call, call.params.node ?? "", ["uuid"])).uuid;

async function addressed(call: AnyCall): Promise<{ node: string; host: string }> {
  const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
  return { node: record.uuid, host: await call.services.conductors.hostFor(record) };
}

function refuseBoth({ fields, detail }: { fields?: readonly string[]; detail?: boolean }): void {
  if (fields !== undefined && detail === true)
    throw InvalidParameterValue({ reason: 'Use either "fields" or "detail=true", not both.' });
}

const biosList = route({
  method: "GET",
  path: "/v1/nodes/:node/bios",
  since: BIOS_SINCE,
  absentText: "",
  policy: "baremetal:node:bios:get",
  query: {
    fields: fieldsParam({ since: BIOS_REGISTRY_SINCE, below: 400 }),
    detail: booleanParam({ since: BIOS_REGISTRY_SINCE, below: 400 }),
  },
  status: 200,
  async handle(call) {
    refuseBoth(call.query);
    const fields = chosenBiosFields(call.query.fields, call.query.detail === true);
    const node = await uuidOf(call);
    const settings = await call.services.stores.biosSettings.ofNode(node);
    return { body: { bios: settings.map((setting) => biosSettingShown(setting, fields, call.base, node)) } };
  },
});

const biosOne = route({
  method: "GET",
  path: "/v1/nodes/:node/bios/:setting_name",
  since: BIOS_SINCE,
  absentText: "",
  policy: "baremetal:node:bios:get",
  status: 200,
  async handle(call) {
    const name = call.params.setting_name ?? "";
    const node = await uuidOf(call);
    const found = (await call.services.stores.biosSettings.ofNode(node)).find((setting) => setting.name === name);
    if (found === undefined) throw BiosSettingNotFound({ node, name });
    const fields = chosenBiosFields(undefined, call.minor >= BIOS_REGISTRY_SINCE);
    return { body: { [name]: biosSettingShown(found, fields, call.base, node) } };
  },
});

const firmware = route({
  method: "GET",
  path: "/v1/nodes/:node/firmware",
  since: FIRMWARE_SINCE,
  absentText: "",
  policy: "baremetal:node:firmware:get",
  query: { fields: fieldsParam({ since: FIRMWARE_SINCE }), detail: booleanParam({ since: FIRMWARE_SINCE }) },
  status: 200,
  async handle(call) {
    refuseBoth(call.query);
    const fields = chosenFirmwareFields(call.query.fields, call.minor);
    const components = await call.services.stores.firmwareComponents.ofNode(await uuidOf(call));
    return { body: { firmware: components.map((component) => firmwareShown(component, fields)) } };
  },
});

const vmediaShow = route({
  method: "GET",
  path: "/v1/nodes/:node/vmedia",
  since: VMEDIA_GET_SINCE,
  policy: "baremetal:node:vmedia:get",
  status: 200,
  async handle(call) {
    const { node, host } = await addressed(call);
    return { body: await call.services.transport.call(host, "getVirtualMedia", { node }, call.context) };
  },
});

interface Attachment {
  readonly device_type: MediaDevice;
  readonly image_url: string;
  readonly image_download_source?: string;
}

const attachment = objectBody<Attachment>(
  "virtual media",
  {
    device_type: { enum: DEVICES },
    image_url: { type: "string" },
    image_download_source: { enum: ["http", "local", "swift"] },
  },
  ["device_type", "image_url"],
);

/** @throws InvalidParameterValue */
function checkScheme(url: string): void {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined || !SCHEMES.includes(scheme))
    throw InvalidParameterValue({
      reason: `image_url: unsupported or missing URL scheme "${scheme ?? ""}"; use one of ${SCHEMES.join(", ")}.`,
    });
}

const vmediaAttach = bodyRoute({
  method: "POST",
  path: "/v1/nodes/:node/vmedia",
  since: VMEDIA_SINCE,
  absentText: "",
  policy: "baremetal:node:vmedia:attach",
  body: attachment,
  status: 204,
  async handle(call) {
    const { device_type: device, image_url: url, image_download_source: source = "local" } = call.body;
    checkScheme(url);
    const { node, host } = await addressed(call);
    await call.services.transport.call(host, "attachVirtualMedia", { node, device, url, source }, call.context);
    return {};
  },
});

/** @throws InvalidParameterValue */
function devicesOf(types: readonly string[] | undefined): readonly MediaDevice[] | null {
  if (types === undefined) return null;
  return types.map((type) => {
    const found = DEVICES.find((device) => device === type);
    if (found === undefined)
      throw InvalidParameterValue({
        reason: `Invalid device type "${type.slice(0, 100)}"; valid are ${DEVICES.join(", ")}.`,
      });
    return found;
  });
}

/** All devices where none is named. */
async function detach(
  call: AnyCall & Pick<Call<ParamDefs, unknown>, "context">,
  types: readonly string[] | undefined,
): Promise<Answer> {
  const devices = devicesOf(types);
  const { node, host } = await addressed(call);
  await call.services.transport.call(host, "detachVirtualMedia", { node, devices }, call.context);
  return {};
}

const vmediaDetach = route({
  method: "DELETE",
  path: "/v1/nodes/:node/vmedia",
  since: VMEDIA_SINCE,
  absentText: "",
  policy: "baremetal:node:vmedia:detach",
  query: { device_types: listParam({ since: VMEDIA_SINCE }) },
  status: 204,
  handle: async (call) => await detach(call, call.query.device_types),
});

/** Upstream takes the devices as a part of the path too; no documentation tells so. */
const vmediaDetachNamed = route({
  method: "DELETE",
  path: "/v1/nodes/:node/vmedia/:device_types",
  since: VMEDIA_SINCE,
  absentText: "",
  policy: "baremetal:node:vmedia:detach",
  status: 204,
  async handle(call) {
    return await detach(call, call.params.device_types?.split(","));
  },
});

export const nodePartRoutes = [biosList, biosOne, firmware, vmediaShow, vmediaAttach, vmediaDetach, vmediaDetachNamed];
