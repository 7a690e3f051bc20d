/** Ports: create, show, change, delete. Changes go to the conductor of the port's node. */
import { InvalidParameterValue, PortNotFound } from "../../common/errors/request.ts";
import type { NewPort, Port, PortChanges } from "../../common/objects/port.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { type PatchOperation, patchBody } from "../engine/json-patch.ts";
import { FIELDS_SINCE } from "../engine/list.ts";
import { fieldsParam, type ParamDefs } from "../engine/params.ts";
import { projection, refuseNewer, type Selection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { isUuidLike } from "../engine/values.ts";
import { writerOf } from "../engine/write.ts";
import { checkLocalLinkVersion, checkSmartNic } from "../resources/local-link.ts";
import { port } from "../resources/port.ts";
import { wordsOf } from "./field-words.ts";
import { ADDRESS_COLUMNS, nodeInBody } from "./find-node.ts";
import { checkNotInspecting } from "./node-checks.ts";
import { portListRoutes } from "./port-list.ts";

/** From then on a port group has a physical network of its own. */
const NETWORK_OF_GROUP_SINCE = 102;

const writer = writerOf<Port, { node_ident: string }>(port);

type AnyCall = Pick<
  Call<ParamDefs, unknown>,
  "services" | "context" | "minor" | "base" | "access" | "view" | "params" | "jsonSuffix"
>;

async function shown(call: AnyCall, record: Port): Promise<Answer> {
  return { body: projection(port, call.minor, "detail").render(record, await call.view()) };
}

const create = bodyRoute({
  method: "POST",
  path: "/v1/ports",
  policy: "baremetal:port:create",
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const { services, minor } = call;
    const { node_ident: ident, ...given } = writer.create(call.body, minor);
    checkLocalLinkVersion(given.local_link_connection, minor);
    checkSmartNic(given.is_smartnic, given.local_link_connection);
    const { address, node_uuid: nodeUuid = ident } = given;
    if (address === undefined || nodeUuid === undefined) {
      throw InvalidParameterValue({ reason: 'port: "address" and one of "node_uuid" and "node_ident" are mandatory.' });
    }
    const node = await nodeInBody(call, nodeUuid);
    const values: NewPort = { ...given, uuid: given.uuid ?? crypto.randomUUID(), address, node_uuid: node.uuid };
    const host = await services.conductors.hostFor(node);
    const record = await services.transport.call(host, "createPort", { values }, call.context);
    return { ...(await shown(call, record)), location: `ports/${record.uuid}` };
  },
});

const PORT_NAME = /^[A-Za-z0-9._~-]{1,255}$/;

/** The port a path names by UUID or name, never by address. @throws InvalidParameterValue, PortNotFound */
async function findPort(call: AnyCall): Promise<Port> {
  const ident = call.params.port ?? "";
  if (!isUuidLike(ident) && !PORT_NAME.test(ident)) {
    throw InvalidParameterValue({ reason: `Expected a UUID or a name of a port but received "${ident}".` });
  }
  const found = await call.access.permitted("port", (seen) => call.services.stores.ports.find(ident, seen));
  if (found === null) throw PortNotFound({ port: ident });
  return found;
}

async function showOne(call: AnyCall, selection: Selection): Promise<Answer> {
  const record = await findPort(call);
  return { body: projection(port, call.minor, selection).render(record, await call.view()) };
}

const show = route({
  method: "GET",
  path: "/v1/ports/:port",
  policy: "baremetal:port:get",
  query: { fields: fieldsParam({ since: FIELDS_SINCE }) },
  status: 200,
  handle: (call) => showOne(call, call.query.fields ?? "detail"),
});

const showWords = route({
  method: "GET",
  path: "/v1/ports/:port/:words",
  policy: "baremetal:port:get",
  status: 200,
  handle(call) {
    refuseNewer("fields", FIELDS_SINCE, call.minor);
    return showOne(call, wordsOf(call.params));
  },
});

/** The physical network of a member is its group's to change. @throws InvalidParameterValue */
function checkNetworkOfMember(call: AnyCall, record: Port, changes: PortChanges): void {
  if (changes.physical_network === undefined || record.portgroup_uuid === null) return;
  if (call.minor < NETWORK_OF_GROUP_SINCE) return;
  throw InvalidParameterValue({
    reason: `physical_network of port ${record.uuid} cannot be changed while it belongs to portgroup ${record.portgroup_uuid}; change that of the portgroup.`,
  });
}

/** What the patch changes; a port stays with its node. */
async function changesOf(call: AnyCall, record: Port, operations: readonly PatchOperation[]): Promise<PortChanges> {
  const { node_uuid: moved, ...changes } = writer.patch(record, operations, call.minor);
  checkLocalLinkVersion(changes.local_link_connection, call.minor);
  checkNetworkOfMember(call, record, changes);
  if (moved !== undefined && moved !== null && moved !== record.node_uuid) {
    await nodeInBody(call, moved, true);
    throw InvalidParameterValue({
      reason: `node_uuid: port ${record.uuid} cannot move to node ${moved}; delete it and create it there.`,
    });
  }
  return changes;
}

const change = bodyRoute({
  method: "PATCH",
  path: "/v1/ports/:port",
  policy: "baremetal:port:update",
  body: patchBody,
  status: 200,
  async handle(call) {
    const { services } = call;
    const record = await findPort(call);
    const changes = await changesOf(call, record, call.body);
    const node = await services.stores.nodes.get(record.node_uuid, { fields: [...ADDRESS_COLUMNS, "provision_state"] });
    checkNotInspecting(node, call.minor);
    const host = await services.conductors.hostFor(node);
    const params = { node: node.uuid, port: record.uuid, changes };
    return await shown(call, await services.transport.call(host, "updatePort", params, call.context));
  },
});

const destroy = route({
  method: "DELETE",
  path: "/v1/ports/:port",
  policy: "baremetal:port:delete",
  status: 204,
  async handle(call) {
    const { services } = call;
    const ident = call.params.port ?? "";
    if (!isUuidLike(ident))
      throw InvalidParameterValue({ reason: `Expected the UUID of a port but received "${ident}".` });
    const record = await findPort(call);
    const node = await services.stores.nodes.get(record.node_uuid, { fields: ADDRESS_COLUMNS });
    const host = await services.conductors.hostFor(node);
    await services.transport.call(host, "destroyPort", { node: node.uuid, port: record.uuid }, call.context);
    return {};
  },
});

export const portRoutes = [...portListRoutes, create, show, showWords, change, destroy];
