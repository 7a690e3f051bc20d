/** Lists of nodes: filters, and the lists themselves. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { Node } from "../../common/objects/node.ts";
import { STATES, type State } from "../../common/states.ts";
import type { Condition, Kept, Query } from "../../db/contract.ts";
import { route } from "../engine/define-route.ts";
import { type Asked, LIST_PARAMS, nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import {
  booleanParam,
  choiceParam,
  listParam,
  type ParamDef,
  type Parsed,
  textParam,
  uuidParam,
} from "../engine/params.ts";
import type { Projection } from "../engine/resource.ts";
import type { Answer, Call } from "../engine/route.ts";
import type { Reveals } from "../policy/enforce.ts";
import { OWNER_COLUMNS } from "../policy/hiding.ts";
import { node } from "../resources/node.ts";
import { revealedNode } from "./revealed-nodes.ts";

const FAULTS = ["power failure", "clean failure", "rescue abort failure", "service failure"] as const;

const stateParam: ParamDef<State> = {
  since: 9,
  parse(raw) {
    const state = STATES.find((known) => known === raw);
    if (state === undefined) throw InvalidParameterValue({ reason: `Provision state "${raw}" is not valid.` });
    return state;
  },
};

export const NODE_FILTERS = {
  chassis_uuid: uuidParam(),
  instance_uuid: uuidParam(),
  associated: booleanParam(),
  maintenance: booleanParam(),
  retired: booleanParam(),
  provision_state: stateParam,
  driver: textParam({ since: 16 }),
  resource_class: textParam({ since: 21 }),
  fault: choiceParam(FAULTS, { since: 42 }),
  conductor_group: textParam({ since: 46 }),
  conductor: textParam({ since: 49 }),
  owner: textParam({ since: 50 }),
  lessee: textParam({ since: 65 }),
  project: textParam(),
  description_contains: textParam(),
  shard: listParam({ since: 82 }),
  sharded: booleanParam({ since: 82 }),
  include_children: booleanParam({ since: 83 }),
  parent_node: textParam({ since: 83 }),
  instance_name: textParam({ since: 104 }),
} as const;

type Filters = Parsed<typeof NODE_FILTERS>;
type Wanted<K extends keyof Filters> = Required<Filters>[K];

/** How each filter narrows the query; `conductor` is no column and filters the page instead. */
const CONDITIONS: { readonly [K in keyof Filters]-?: (value: Wanted<K>) => Condition | null } = {
  chassis_uuid: (is) => ({ field: "chassis_uuid", is }),
  instance_uuid: (is) => ({ field: "instance_uuid", is }),
  associated: (wanted) => ({ field: "instance_uuid", null: !wanted }),
  maintenance: (is) => ({ field: "maintenance", is }),
  retired: (is) => ({ field: "retired", is }),
  provision_state: (is) => ({ field: "provision_state", is }),
  driver: (is) => ({ field: "driver", is }),
  resource_class: (is) => ({ field: "resource_class", is }),
  fault: (is) => ({ field: "fault", is }),
  conductor_group: (group) => ({ field: "conductor_group", is: group.toLowerCase() }),
  conductor: () => null,
  owner: (is) => ({ field: "owner", is }),
  lessee: (is) => ({ field: "lessee", is }),
  project: (is) => ({ anyOf: [[{ field: "owner", is }], [{ field: "lessee", is }]] }),
  description_contains: (contains) => ({ field: "description", contains }),
  shard: (shards) => ({ field: "shard", in: shards }),
  sharded: (wanted) => ({ field: "shard", null: !wanted }),
  include_children: () => null,
  parent_node: (is) => ({ field: "parent_node", is }),
  instance_name: (is) => ({ field: "instance_name", is }),
};

function conditionOf<K extends keyof Filters>(name: K, filters: Filters): Condition | null {
  const value: Filters[K] = filters[name];
  return value === undefined ? null : CONDITIONS[name](value as never);
}

function conditionsOf(filters: Filters): readonly Condition[] {
  const names = Object.keys(NODE_FILTERS) as readonly (keyof Filters)[];
  const where = names.map((name) => conditionOf(name, filters)).filter((condition) => condition !== null);
  const hideChildren = filters.include_children !== true && filters.parent_node === undefined;
  return hideChildren ? [...where, { field: "parent_node", null: true }] : where;
}

/** The filters as the next link repeats them. */
function filterText(query: Filters): string {
  const names = Object.keys(NODE_FILTERS).filter((name) => Object.hasOwn(query, name));
  const values: Readonly<Record<string, unknown>> = query;
  return names.map((name) => `${name}=${encodeURIComponent(String(values[name]))}`).join("&");
}

export type ListCall = Pick<
  Call<Record<never, never>, unknown>,
  "services" | "minor" | "base" | "access" | "caller" | "view"
>;

export interface NodeListing {
  readonly query: Filters & Asked;
  /** Path of the next link, below /v1. */
  readonly path: string;
  readonly full?: boolean;
  readonly extra?: readonly Condition[];
}

/** One page of nodes. @throws what pageOf throws, and NotFound for an unknown marker */
export async function listNodes(call: ListCall, listing: NodeListing): Promise<Answer> {
  const { query, path, full = false, extra = [] } = listing;
  const page = pageOf(node, call.minor, query, call.services.config.api.max_limit, full);
  const asked: Query = {
    ...page.query,
    where: [...conditionsOf(query), ...extra],
    ...call.access.listed("node"),
  };
  await refuseHiddenOrder(call, page.query.sortKey ?? "id", asked);
  const next = (records: readonly Kept[]) =>
    query.instance_uuid === undefined
      ? nextLink<Kept>(page, records, { base: call.base, path, filters: filterText(query), id: "uuid" })
      : undefined;
  if (query.conductor !== undefined) return await ofConductor(call, page.projection, asked, query.conductor, next);
  if (call.caller.reveals !== null) return await inClear(call, page.projection, asked, call.caller.reveals, next);
  const keeper = call.services.texts.keeperOf(page.projection, await call.view());
  const texts = await call.services.stores.nodes.listKept(asked, keeper);
  return { json: call.services.pages.listJson("nodes", texts, next(texts)) };
}

/** The order of a list must not tell what its fields do not. @throws InvalidParameterValue */
async function refuseHiddenOrder({ caller, services }: ListCall, key: string, asked: Query): Promise<void> {
  const hidden = caller.hiding?.hiddenIn(key) ?? null;
  if (hidden === null) return;
  const where = [...(asked.where ?? []), ...(asked.visibility ?? []), ...hidden];
  if ((await services.stores.nodes.count(where)) === 0) return;
  throw InvalidParameterValue({
    reason: `The list cannot be sorted by "${key}": of some of its nodes this field is not shown to you.`,
  });
}

async function inClear(
  call: ListCall,
  projection: Projection<Node>,
  query: Query,
  reveals: Reveals,
  next: (records: readonly Kept[]) => string | undefined,
): Promise<Answer> {
  const records = await call.services.stores.nodes.list({ ...query, fields: ["uuid"] });
  const view = await call.view();
  const nodes: unknown[] = [];
  for (const { uuid } of records) nodes.push(projection.render(await revealedNode(call.services, uuid, reveals), view));
  const link = next(records);
  return { body: link === undefined ? { nodes } : { nodes, next: link } };
}

/** Who serves a node is no column: the page is read and then filtered. */
async function ofConductor(
  call: ListCall,
  projection: Projection<Node>,
  query: Query,
  host: string,
  next: (records: readonly Kept[]) => string | undefined,
): Promise<Answer> {
  const { fields } = query;
  const needed =
    fields === undefined
      ? {}
      : { fields: [...new Set([...fields, "uuid", "driver", "conductor_group", ...OWNER_COLUMNS])] };
  const records = await call.services.stores.nodes.list({ ...query, ...needed });
  const view = await call.view();
  const served = records.filter((record) => view.conductorOf(record) === host);
  const nodes = served.map((record) => projection.render(record, view));
  const link = next(records);
  return { body: link === undefined ? { nodes } : { nodes, next: link } };
}

export const nodeListRoutes = [
  route({
    method: "GET",
    path: "/v1/nodes",
    policy: "baremetal:node:list_all",
    query: { ...LIST_PARAMS, ...NODE_FILTERS },
    status: 200,
    handle: (call) => listNodes(call, { query: call.query, path: "nodes" }),
  }),
  route({
    method: "GET",
    path: "/v1/nodes/detail",
    policy: "baremetal:node:list_all",
    query: { ...PAGE_PARAMS, ...NODE_FILTERS },
    status: 200,
    handle: (call) => listNodes(call, { query: call.query, path: "nodes/detail", full: true }),
  }),
];
