/** Maintenance, boot device, NMI, validation of interfaces. */
import { MissingParameterValue } from "../../common/errors/request.ts";
import { bodyRoute, objectBody, route } from "../engine/define-route.ts";
import { type ParamDefs, textParam, uuidParam } from "../engine/params.ts";
import type { Answer, Call } from "../engine/route.ts";
import { flag } from "../engine/values.ts";
import { ADDRESS_COLUMNS, findNode, findNodeParam } from "./find-node.ts";

const INJECT_NMI_SINCE = 29;

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "context" | "minor" | "access" | "jsonSuffix" | "params">;

/** The node of the path and its conductor. */
async function addressed(call: AnyCall): Promise<{ node: string; host: string }> {
  const record = await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS);
  return { node: record.uuid, host: await call.services.conductors.hostFor(record) };
}

const setMaintenance = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/maintenance",
  policy: "baremetal:node:set_maintenance",
  body: objectBody<{ reason?: string | null }>("maintenance", { reason: { type: ["string", "null"] } }),
  status: 202,
  async handle(call) {
    const { node, host } = await addressed(call);
    const params = { node, maintenance: true, reason: call.body.reason ?? null };
    await call.services.transport.call(host, "setMaintenance", params, call.context);
    return {};
  },
});

const clearMaintenance = route({
  method: "DELETE",
  path: "/v1/nodes/:node/maintenance",
  policy: "baremetal:node:clear_maintenance",
  status: 202,
  async handle(call) {
    const { node, host } = await addressed(call);
    await call.services.transport.call(host, "setMaintenance", { node, maintenance: false }, call.context);
    return {};
  },
});

const bootDevice = route({
  method: "GET",
  path: "/v1/nodes/:node/management/boot_device",
  policy: "baremetal:node:get_boot_device",
  status: 200,
  async handle(call) {
    const { node, host } = await addressed(call);
    return { body: await call.services.transport.call(host, "getBootDevice", { node }, call.context) };
  },
});

const setBootDevice = bodyRoute({
  method: "PUT",
  path: "/v1/nodes/:node/management/boot_device",
  policy: "baremetal:node:set_boot_device",
  body: objectBody<{ boot_device: string; persistent?: boolean | string | null }>(
    "boot device",
    { boot_device: { type: "string" }, persistent: flag.schema },
    ["boot_device"],
  ),
  status: 204,
  async handle(call) {
    const { node, host } = await addressed(call);
    const { boot_device: device, persistent } = call.body;
    const params = { node, device, persistent: flag.convert?.(persistent ?? false) === true };
    await call.services.transport.call(host, "setBootDevice", params, call.context);
    return {};
  },
});

const supportedBootDevices = route({
  method: "GET",
  path: "/v1/nodes/:node/management/boot_device/supported",
  policy: "baremetal:node:get_boot_device",
  status: 200,
  async handle(call) {
    const { node, host } = await addressed(call);
    const devices = await call.services.transport.call(host, "getSupportedBootDevices", { node }, call.context);
    return { body: { supported_boot_devices: devices } };
  },
});

const injectNmi = route({
  method: "PUT",
  path: "/v1/nodes/:node/management/inject_nmi",
  since: INJECT_NMI_SINCE,
  policy: "baremetal:node:inject_nmi",
  status: 204,
  async handle(call) {
    const { node, host } = await addressed(call);
    await call.services.transport.call(host, "injectNmi", { node }, call.context);
    return {};
  },
});

/** Everything but vendor: that one has nothing to validate in general. */
async function validation(
  call: AnyCall,
  found: { uuid: string; driver: string; conductor_group: string },
): Promise<Answer> {
  const host = await call.services.conductors.hostFor(found);
  const params = { node: found.uuid };
  const results = await call.services.transport.call(host, "validateDriverInterfaces", params, call.context);
  const { vendor: _vendor, ...shown } = results;
  return { body: shown };
}

const validateByQuery = route({
  method: "GET",
  path: "/v1/nodes/validate",
  policy: "baremetal:node:validate",
  query: { node: textParam(), node_uuid: uuidParam() },
  status: 200,
  async handle(call) {
    const ident = call.query.node ?? call.query.node_uuid;
    if (ident === undefined) throw MissingParameterValue({ reason: 'Name the node: give "node" or "node_uuid".' });
    return await validation(call, await findNodeParam(call, ident, ADDRESS_COLUMNS));
  },
});

const validateByPath = route({
  method: "GET",
  path: "/v1/nodes/:node/validate",
  policy: "baremetal:node:validate",
  status: 200,
  async handle(call) {
    return await validation(call, await findNode(call, call.params.node ?? "", ADDRESS_COLUMNS));
  },
});

export const nodeManagementRoutes = [
  validateByQuery,
  setMaintenance,
  clearMaintenance,
  bootDevice,
  setBootDevice,
  supportedBootDevices,
  injectNmi,
  validateByPath,
];
