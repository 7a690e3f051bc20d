/** Ports: lists with their filters, create, show, change, delete. Changes go to the conductor of the port's node. */
import { InvalidParameterValue, OperationNotPermitted } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import type { NewPort, Port, PortChanges } from "../../common/objects/port.ts";
import type { Condition } from "../../db/contract.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { type PatchOperation, patchBody } from "../engine/json-patch.ts";
import { type Asked, FIELDS_SINCE, LIST_PARAMS, nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import {
  fieldsParam,
  listParam,
  macParam,
  type ParamDefs,
  type Parsed,
  textParam,
  uuidParam,
} from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { writerOf } from "../engine/write.ts";
import { checkLocalLinkVersion } from "../resources/local-link.ts";
import { port } from "../resources/port.ts";
import { ADDRESS_COLUMNS, findNode, findNodeParam } from "./find-node.ts";
import { checkNotInspecting } from "./node-checks.ts";

const PORTGROUPS_SINCE = 24;
const SHARDS_SINCE = 82;

const writer = writerOf<Port, { node_ident: string }>(port);

const FILTERS = {
  node: textParam(),
  node_uuid: uuidParam(),
  address: macParam(),
  portgroup: textParam({ since: PORTGROUPS_SINCE }),
  shard: listParam({ since: SHARDS_SINCE }),
  description_contains: textParam(),
  conductor_groups: listParam(),
} as const;

type Filters = Parsed<typeof FILTERS>;
type AnyCall = Pick<
  Call<ParamDefs, unknown>,
  "services" | "context" | "minor" | "base" | "access" | "view" | "params" | "jsonSuffix"
>;

/** UUIDs of the nodes that satisfy `condition`. */
async function nodesWhere(call: AnyCall, condition: Condition): Promise<readonly string[]> {
  const nodes = await call.services.stores.nodes.list({ where: [condition], fields: ["uuid"] });
  return nodes.map((node) => node.uuid);
}

async function conditionsOf(call: AnyCall, query: Filters): Promise<readonly Condition[]> {
  const ident = query.node ?? query.node_uuid;
  const owners = [ident, query.portgroup, query.shard].filter((given) => given !== undefined);
  if (owners.length > 1) {
    throw OperationNotPermitted({ reason: 'Give only one of "node", "portgroup" and "shard" as a filter.' });
  }
  if (query.conductor_groups !== undefined && (owners.length > 0 || query.address !== undefined)) {
    throw InvalidParameterValue({ reason: '"conductor_groups" cannot be combined with node, portgroup or address.' });
  }
  const where: Condition[] = [];
  if (ident !== undefined) where.push({ field: "node_uuid", is: (await findNodeParam(call, ident, ["uuid"])).uuid });
  if (query.address !== undefined) where.push({ field: "address", is: query.address });
  if (query.portgroup !== undefined) where.push({ field: "portgroup_uuid", is: query.portgroup });
  if (query.description_contains !== undefined) {
    where.push({ field: "description", contains: query.description_contains });
  }
  if (query.shard !== undefined) {
    where.push({ field: "node_uuid", in: await nodesWhere(call, { field: "shard", in: query.shard }) });
  }
  if (query.conductor_groups !== undefined) {
    const groups = query.conductor_groups.map((group) => group.toLowerCase());
    where.push({ field: "node_uuid", in: await nodesWhere(call, { field: "conductor_group", in: groups }) });
  }
  return where;
}

function filterText(query: Filters): string {
  const values: Readonly<Record<string, unknown>> = query;
  const names = Object.keys(FILTERS).filter((name) => Object.hasOwn(query, name));
  return names.map((name) => `${name}=${encodeURIComponent(String(values[name]))}`).join("&");
}

interface PortListing {
  readonly asked: Asked;
  readonly where: readonly Condition[];
  readonly filters: string;
  readonly full: boolean;
}

async function listPorts(call: AnyCall, { asked, where, filters, full }: PortListing): Promise<Answer> {
  const page = pageOf(port, call.minor, asked, call.services.config.api.max_limit, full);
  const visibility = call.access.visibility === undefined ? {} : { visibility: call.access.visibility };
  const records = await call.services.stores.ports.list({ ...page.query, where, ...visibility });
  const view = await call.view();
  const path = full ? "ports/detail" : "ports";
  const next = nextLink<Port>(page, records, { base: call.base, path, filters, id: "uuid" });
  const ports = records.map((record) => page.projection.render(record, view));
  return { body: next === undefined ? { ports } : { ports, next } };
}

async function listFiltered(call: AnyCall, query: Filters & Asked, full: boolean): Promise<Answer> {
  const where = await conditionsOf(call, query);
  return await listPorts(call, { asked: query, where, filters: filterText(query), full });
}

/** The peer's next links of these lists point at all ports; the contract has it so. */
async function listOfNode(call: AnyCall, asked: Asked & { address?: string }, full: boolean): Promise<Answer> {
  const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
  const where: Condition[] = [{ field: "node_uuid", is: uuid }];
  if (asked.address !== undefined) where.push({ field: "address", is: asked.address });
  return await listPorts(call, { asked, where, filters: "", full });
}

const LIST_RULE = "baremetal:port:list_all";

const lists = [
  route({
    method: "GET",
    path: "/v1/ports",
    policy: LIST_RULE,
    query: { ...LIST_PARAMS, ...FILTERS },
    status: 200,
    handle: (call) => listFiltered(call, call.query, false),
  }),
  route({
    method: "GET",
    path: "/v1/ports/detail",
    policy: LIST_RULE,
    query: { ...PAGE_PARAMS, ...FILTERS },
    status: 200,
    handle: (call) => listFiltered(call, call.query, true),
  }),
  route({
    method: "GET",
    path: "/v1/nodes/:node/ports",
    policy: LIST_RULE,
    query: { ...LIST_PARAMS, address: macParam() },
    status: 200,
    handle: (call) => listOfNode(call, call.query, false),
  }),
  route({
    method: "GET",
    path: "/v1/nodes/:node/ports/detail",
    policy: LIST_RULE,
    query: PAGE_PARAMS,
    status: 200,
    handle: (call) => listOfNode(call, call.query, true),
  }),
];

async function shown(call: AnyCall, record: Port): Promise<Answer> {
  return { body: projection(port, call.minor, "detail").render(record, await call.view()) };
}

/** There are no port groups yet, so none can be named. @throws InvalidParameterValue */
function checkPortgroup(uuid: string | null | undefined): void {
  if (uuid !== undefined && uuid !== null) {
    throw InvalidParameterValue({ reason: `portgroup_uuid: portgroup ${uuid} could not be found.` });
  }
}

/** The node a body names, which is a value error when it does not exist. */
async function nodeFor(call: AnyCall, ident: string): Promise<Node> {
  const node = await call.services.stores.nodes.find(ident, { fields: ADDRESS_COLUMNS });
  if (node === null) throw InvalidParameterValue({ reason: `node_uuid: node ${ident} could not be found.` });
  return node;
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
    checkPortgroup(given.portgroup_uuid);
    const { address, node_uuid: nodeUuid = ident } = given;
    if (address === undefined || nodeUuid === undefined) {
      throw InvalidParameterValue({ reason: 'port: "address" and one of "node_uuid" and "node_ident" are mandatory.' });
    }
    const node = await nodeFor(call, nodeUuid);
    const values: NewPort = { ...given, uuid: given.uuid ?? crypto.randomUUID(), address, node_uuid: node.uuid };
    const host = await services.conductors.hostFor(node);
    const record = await services.transport.call(host, "createPort", { values }, call.context);
    return { ...(await shown(call, record)), location: `ports/${record.uuid}` };
  },
});

/** The port a path names: UUID, or name. */
async function findPort(call: AnyCall): Promise<Port> {
  const visibility = call.access.visibility === undefined ? {} : { visibility: call.access.visibility };
  return await call.services.stores.ports.get(call.params.port ?? "", visibility);
}

const show = route({
  method: "GET",
  path: "/v1/ports/:port",
  policy: "baremetal:port:get",
  query: { fields: fieldsParam({ since: FIELDS_SINCE }) },
  status: 200,
  async handle(call) {
    const chosen = projection(port, call.minor, call.query.fields ?? "detail");
    return { body: chosen.render(await findPort(call), await call.view()) };
  },
});

/** What the patch changes; a port stays with its node. */
async function changesOf(call: AnyCall, record: Port, operations: readonly PatchOperation[]): Promise<PortChanges> {
  const { node_uuid: moved, ...changes } = writer.patch(record, operations, call.minor);
  checkLocalLinkVersion(changes.local_link_connection, call.minor);
  checkPortgroup(changes.portgroup_uuid);
  if (moved !== undefined && moved !== null && moved !== record.node_uuid) {
    await nodeFor(call, moved);
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
    const record = await findPort(call);
    const node = await services.stores.nodes.get(record.node_uuid, { fields: ADDRESS_COLUMNS });
    const host = await services.conductors.hostFor(node);
    await services.transport.call(host, "destroyPort", { node: node.uuid, port: record.uuid }, call.context);
    return {};
  },
});

export const portRoutes = [...lists, create, show, change, destroy];
