/** Port groups: lists with their filters, create, show, change, delete. Changes go to the conductor of the group's node. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { NewPortgroup, Portgroup, PortgroupChanges } from "../../common/objects/portgroup.ts";
import type { Condition } from "../../db/contract.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { type PatchOperation, patchBody } from "../engine/json-patch.ts";
import { type Asked, LIST_PARAMS, nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { fieldsParam, listParam, macParam, type ParamDefs, type Parsed, textParam } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { writerOf } from "../engine/write.ts";
import type { Visibility } from "../policy/enforce.ts";
import { PORTGROUPS_SINCE, portgroup } from "../resources/portgroup.ts";
import { wordsOf } from "./field-words.ts";
import { ADDRESS_COLUMNS, findNode, findNodeParam, nodeInBody, nodesWhere } from "./find-node.ts";
import { findPortgroup } from "./find-portgroup.ts";
import { checkNotInspecting } from "./node-checks.ts";

const OF_NODE_SINCE = 24;
const SHARDS_SINCE = 106;

const LOGICAL_NAME = /^[A-Za-z0-9._~-]{0,255}$/;

const writer = writerOf<Portgroup>(portgroup);

const FILTERS = {
  node: textParam({ since: PORTGROUPS_SINCE }),
  address: macParam({ since: PORTGROUPS_SINCE }),
  shard: listParam({ since: SHARDS_SINCE }),
  conductor_groups: listParam({ since: PORTGROUPS_SINCE }),
} as const;

type Filters = Parsed<typeof FILTERS>;
type AnyCall = Pick<
  Call<ParamDefs, unknown>,
  "services" | "context" | "minor" | "base" | "access" | "view" | "params" | "jsonSuffix"
>;

async function conditionsOf(call: AnyCall, query: Filters): Promise<readonly Condition[]> {
  const { node, address, shard, conductor_groups: groups } = query;
  if ([node, address, shard, groups].filter((given) => given !== undefined).length > 1) {
    throw InvalidParameterValue({ reason: 'Give only one of "node", "address", "shard" and "conductor_groups".' });
  }
  if (node !== undefined) return [{ field: "node_uuid", is: (await findNodeParam(call, node, ["uuid"])).uuid }];
  if (address !== undefined) return [{ field: "address", is: address }];
  if (shard !== undefined) {
    return [{ field: "node_uuid", in: await nodesWhere(call, { field: "shard", in: shard }) }];
  }
  if (groups === undefined) return [];
  const wanted = groups.map((group) => group.toLowerCase());
  return [{ field: "node_uuid", in: await nodesWhere(call, { field: "conductor_group", in: wanted }) }];
}

function filterText(query: Filters): string {
  const values: Readonly<Record<string, unknown>> = query;
  const names = Object.keys(FILTERS).filter((name) => Object.hasOwn(query, name));
  return names.map((name) => `${name}=${encodeURIComponent(String(values[name]))}`).join("&");
}

interface PortgroupListing {
  readonly asked: Asked;
  readonly where: readonly Condition[];
  readonly filters: string;
  readonly full: boolean;
  readonly seen: Visibility;
}

async function listPortgroups(call: AnyCall, { asked, where, filters, full, seen }: PortgroupListing): Promise<Answer> {
  const page = pageOf(portgroup, call.minor, asked, call.services.config.api.max_limit, full);
  const records = await call.services.stores.portgroups.list({ ...page.query, where, ...seen });
  const view = await call.view();
  const path = full ? "portgroups/detail" : "portgroups";
  const next = nextLink<Portgroup>(page, records, { base: call.base, path, filters, id: "uuid" });
  const portgroups = records.map((record) => page.projection.render(record, view));
  return { body: next === undefined ? { portgroups } : { portgroups, next } };
}

async function listFiltered(call: AnyCall, query: Filters & Asked, full: boolean): Promise<Answer> {
  const where = await conditionsOf(call, query);
  return await listPortgroups(call, {
    asked: query,
    where,
    filters: filterText(query),
    full,
    seen: call.access.listed("portgroup"),
  });
}

async function listOfNode(call: AnyCall, asked: Asked, full: boolean): Promise<Answer> {
  const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
  const where = [{ field: "node_uuid", is: uuid }];
  return await listPortgroups(call, { asked, where, filters: `node=${uuid}`, full, seen: {} });
}

const LIST_RULE = "baremetal:portgroup:list_all";
/** Of one node. */
const PART_RULE = "baremetal:portgroup:get";

const lists = [
  route({
    method: "GET",
    path: "/v1/portgroups",
    since: PORTGROUPS_SINCE,
    policy: LIST_RULE,
    query: { ...LIST_PARAMS, ...FILTERS },
    status: 200,
    handle: (call) => listFiltered(call, call.query, false),
  }),
  route({
    method: "GET",
    path: "/v1/portgroups/detail",
    since: PORTGROUPS_SINCE,
    policy: LIST_RULE,
    query: { ...PAGE_PARAMS, ...FILTERS },
    status: 200,
    handle: (call) => listFiltered(call, call.query, true),
  }),
  route({
    method: "GET",
    path: "/v1/nodes/:node/portgroups",
    since: OF_NODE_SINCE,
    absentText: "",
    policy: PART_RULE,
    query: LIST_PARAMS,
    status: 200,
    handle: (call) => listOfNode(call, call.query, false),
  }),
  route({
    method: "GET",
    path: "/v1/nodes/:node/portgroups/detail",
    since: OF_NODE_SINCE,
    absentText: "",
    policy: PART_RULE,
    query: PAGE_PARAMS,
    status: 200,
    handle: (call) => listOfNode(call, call.query, true),
  }),
];

async function shown(call: AnyCall, record: Portgroup): Promise<Answer> {
  return { body: projection(portgroup, call.minor, "detail").render(record, await call.view()) };
}

/** @throws InvalidParameterValue; `subject` begins the message */
function checkName(name: string | null | undefined, subject: string): void {
  if (name === undefined || name === null || LOGICAL_NAME.test(name)) return;
  throw InvalidParameterValue({
    reason: `${subject}: the name "${name}" is invalid; use only letters, digits, "-", ".", "_" and "~", at most 255.`,
  });
}

const create = bodyRoute({
  method: "POST",
  path: "/v1/portgroups",
  since: PORTGROUPS_SINCE,
  policy: "baremetal:portgroup:create",
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const { services, minor } = call;
    const given = writer.create(call.body, minor);
    checkName(given.name, "portgroup");
    const node = await nodeInBody(call, given.node_uuid ?? "");
    const values: NewPortgroup = {
      mode: services.config.DEFAULT.default_portgroup_mode,
      ...given,
      uuid: given.uuid ?? crypto.randomUUID(),
      node_uuid: node.uuid,
    };
    const record = await services.stores.portgroups.create(values);
    return { ...(await shown(call, record)), location: `portgroups/${record.uuid}` };
  },
});

const show = route({
  method: "GET",
  path: "/v1/portgroups/:portgroup",
  since: PORTGROUPS_SINCE,
  policy: "baremetal:portgroup:get",
  query: { fields: fieldsParam({ since: PORTGROUPS_SINCE }) },
  status: 200,
  async handle(call) {
    const chosen = projection(portgroup, call.minor, call.query.fields ?? "detail");
    const record = await findPortgroup(call, call.params.portgroup ?? "", chosen.columns);
    return { body: chosen.render(record, await call.view()) };
  },
});

const showWords = route({
  method: "GET",
  path: "/v1/portgroups/:portgroup/:words",
  since: PORTGROUPS_SINCE,
  policy: "baremetal:portgroup:get",
  status: 200,
  async handle(call) {
    // Here, other than with a query, that it is not there comes before what is wrong with the fields.
    const record = await findPortgroup(call, call.params.portgroup ?? "");
    return { body: projection(portgroup, call.minor, wordsOf(call.params)).render(record, await call.view()) };
  },
});

/** What the patch changes. A group without a node is none: taking it away changes nothing. */
async function changesOf(
  call: AnyCall,
  record: Portgroup,
  operations: readonly PatchOperation[],
): Promise<PortgroupChanges> {
  const { node_uuid: moved, ...changes } = writer.patch(record, operations, call.minor);
  checkName(changes.name, `Portgroup ${record.uuid}`);
  if (moved === undefined || moved === null) return changes;
  return { ...changes, node_uuid: (await nodeInBody(call, moved, true)).uuid };
}

const change = bodyRoute({
  method: "PATCH",
  path: "/v1/portgroups/:portgroup",
  since: PORTGROUPS_SINCE,
  policy: "baremetal:portgroup:update",
  body: patchBody,
  status: 200,
  async handle(call) {
    const { services } = call;
    const record = await findPortgroup(call, call.params.portgroup ?? "");
    const changes = await changesOf(call, record, call.body);
    const node = await services.stores.nodes.get(record.node_uuid, { fields: [...ADDRESS_COLUMNS, "provision_state"] });
    checkNotInspecting(node, call.minor);
    const host = await services.conductors.hostFor(node);
    const params = { node: node.uuid, portgroup: record.uuid, changes };
    return await shown(call, await services.transport.call(host, "updatePortgroup", params, call.context));
  },
});

const destroy = route({
  method: "DELETE",
  path: "/v1/portgroups/:portgroup",
  since: PORTGROUPS_SINCE,
  policy: "baremetal:portgroup:delete",
  status: 204,
  async handle(call) {
    const { services } = call;
    const record = await findPortgroup(call, call.params.portgroup ?? "", ["uuid", "node_uuid"]);
    const node = await services.stores.nodes.get(record.node_uuid, { fields: ADDRESS_COLUMNS });
    const host = await services.conductors.hostFor(node);
    const params = { node: node.uuid, portgroup: record.uuid };
    await services.transport.call(host, "destroyPortgroup", params, call.context);
    return {};
  },
});

export const portgroupRoutes = [...lists, create, show, showWords, change, destroy];
