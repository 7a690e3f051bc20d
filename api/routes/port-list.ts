/** Lists of ports: all of them with filters, those of a node, those of a port group. */
import { InvalidParameterValue, OperationNotPermitted } from "../../common/errors/request.ts";
import type { Condition, Kept } from "../../db/contract.ts";
import { route } from "../engine/define-route.ts";
import { type Asked, LIST_PARAMS, nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { listParam, macParam, type ParamDefs, type Parsed, textParam, uuidParam } from "../engine/params.ts";
import type { Answer, Call } from "../engine/route.ts";
import type { Visibility } from "../policy/enforce.ts";
import { port } from "../resources/port.ts";
import { findNode, findNodeParam, nodesWhere } from "./find-node.ts";
import { findPortgroup, findPortgroupParam } from "./find-portgroup.ts";

/** Port groups had no members that the API shows before. */
const MEMBERS_SINCE = 24;
const SHARDS_SINCE = 82;

const FILTERS = {
  node: textParam(),
  node_uuid: uuidParam(),
  address: macParam(),
  portgroup: textParam({ since: MEMBERS_SINCE }),
  shard: listParam({ since: SHARDS_SINCE }),
  description_contains: textParam(),
  conductor_groups: listParam(),
} as const;

type Filters = Parsed<typeof FILTERS>;
type AnyCall = Pick<
  Call<ParamDefs, unknown>,
  "services" | "context" | "minor" | "base" | "access" | "view" | "params" | "jsonSuffix"
>;

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
  if (query.portgroup !== undefined) {
    where.push({ field: "portgroup_uuid", is: (await findPortgroupParam(call, query.portgroup, ["uuid"])).uuid });
  }
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
  /** Nothing more where the list is of something that the caller may see. */
  readonly seen: Visibility;
}

async function listPorts(call: AnyCall, { asked, where, filters, full, seen }: PortListing): Promise<Answer> {
  const page = pageOf(port, call.minor, asked, call.services.config.api.max_limit, full);
  const keeper = call.services.texts.keeperOf(page.projection, await call.view());
  const texts = await call.services.stores.ports.listKept({ ...page.query, where, ...seen }, keeper);
  const path = full ? "ports/detail" : "ports";
  const next = nextLink<Kept>(page, texts, { base: call.base, path, filters, id: "uuid" });
  return { json: call.services.pages.listJson("ports", texts, next) };
}

async function listFiltered(call: AnyCall, query: Filters & Asked, full: boolean): Promise<Answer> {
  const where = await conditionsOf(call, query);
  return await listPorts(call, {
    asked: query,
    where,
    filters: filterText(query),
    full,
    seen: call.access.listed("port"),
  });
}

/** The peer's next links of these lists point at all ports; the contract has it so. */
async function listOfNode(call: AnyCall, asked: Asked & { address?: string }, full: boolean): Promise<Answer> {
  const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
  const where: Condition[] = [{ field: "node_uuid", is: uuid }];
  if (asked.address !== undefined) where.push({ field: "address", is: asked.address });
  return await listPorts(call, { asked, where, filters: "", full, seen: {} });
}

async function listOfPortgroup(call: AnyCall, asked: Asked, full: boolean): Promise<Answer> {
  const { uuid } = await findPortgroup(call, call.params.portgroup ?? "", ["uuid"]);
  const filters = `portgroup=${uuid}`;
  return await listPorts(call, { asked, where: [{ field: "portgroup_uuid", is: uuid }], filters, full, seen: {} });
}

const LIST_RULE = "baremetal:port:list_all";
/** Of one node or port group. */
const PART_RULE = "baremetal:port:get";

export const portListRoutes = [
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
    policy: PART_RULE,
    query: { ...LIST_PARAMS, address: macParam() },
    status: 200,
    handle: (call) => listOfNode(call, call.query, false),
  }),
  route({
    method: "GET",
    path: "/v1/nodes/:node/ports/detail",
    policy: PART_RULE,
    query: PAGE_PARAMS,
    status: 200,
    handle: (call) => listOfNode(call, call.query, true),
  }),
  route({
    method: "GET",
    path: "/v1/portgroups/:portgroup/ports",
    since: MEMBERS_SINCE,
    absentText: "",
    policy: PART_RULE,
    query: LIST_PARAMS,
    status: 200,
    handle: (call) => listOfPortgroup(call, call.query, false),
  }),
  route({
    method: "GET",
    path: "/v1/portgroups/:portgroup/ports/detail",
    since: MEMBERS_SINCE,
    absentText: "",
    policy: PART_RULE,
    query: PAGE_PARAMS,
    status: 200,
    handle: (call) => listOfPortgroup(call, call.query, true),
  }),
];
