/** Allocations: a conductor finds the node; name and extra are changed by the API itself. */

import type { Context } from "../../common/context.ts";
import {
  AllocationNotFound,
  InvalidParameterValue,
  NotAcceptable,
  NotAuthorized,
} from "../../common/errors/request.ts";
import type { Allocation } from "../../common/objects/allocation.ts";
import type { Params } from "../../common/rpc/contract.ts";
import type { Condition } from "../../db/contract.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { patchBody } from "../engine/json-patch.ts";
import { nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { fieldsParam, type ParamDefs, textParam } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { isUuidLike } from "../engine/values.ts";
import { writerOf } from "../engine/write.ts";
import { type Caller, denied, type Visibility } from "../policy/enforce.ts";
import { RECORDS } from "../policy/records.ts";
import { ALLOCATIONS_SINCE, allocation, OWNER_SINCE } from "../resources/allocation.ts";
import type { Services } from "../services.ts";
import { ADDRESS_COLUMNS, type SeeingCall, seenNode } from "./find-node.ts";
import { checkName, findNamed, isIdent } from "./named.ts";

const UPDATE_SINCE = 57;

const writer = writerOf<Allocation, { node: string }>(allocation);

type AnyCall = Call<ParamDefs, unknown>;

function found(call: AnyCall): Promise<Allocation> {
  const { allocations } = call.services.stores;
  const find = (ident: string) => call.access.permitted("allocation", (seen) => allocations.find(ident, seen));
  const notFound = (allocation: string) => AllocationNotFound({ allocation });
  return findNamed(call, { find, notFound }, call.params.allocation ?? "");
}

async function shown(call: Pick<AnyCall, "minor" | "view">, record: Allocation): Promise<Answer> {
  return { body: projection(allocation, call.minor, "detail").render(record, await call.view()) };
}

/** The node that a parameter or a body names. @throws InvalidParameterValue: it is not what the path is about */
async function nodeOf(call: SeeingCall, what: string, ident: string) {
  const node = isIdent(ident) ? await seenNode(call, ident, ADDRESS_COLUMNS) : null;
  if (node === null) {
    throw InvalidParameterValue({ reason: `${what}: node "${ident.slice(0, 100)}" could not be found.` });
  }
  return node;
}

const LIST_ALL = "baremetal:allocation:list_all";

/** @throws NotAuthorized for the allocations of somebody else's project */
function listedTo({ caller, access }: AnyCall, owner: string | undefined): Visibility {
  if (owner !== undefined && owner !== caller.project && !caller.allows(LIST_ALL)) throw denied(LIST_ALL);
  return access.listed("allocation");
}

const list = route({
  method: "GET",
  path: "/v1/allocations",
  since: ALLOCATIONS_SINCE,
  policy: LIST_ALL,
  query: {
    ...PAGE_PARAMS,
    fields: fieldsParam({ since: ALLOCATIONS_SINCE }),
    node: textParam(),
    resource_class: textParam(),
    state: textParam(),
    owner: textParam({ since: OWNER_SINCE }),
  },
  status: 200,
  async handle(call) {
    const { fields, node, resource_class, state, owner, ...paging } = call.query;
    const page = pageOf(
      allocation,
      call.minor,
      { ...paging, ...(fields === undefined ? {} : { fields }) },
      call.services.config.api.max_limit,
      fields === undefined,
    );
    const node_uuid = node === undefined ? undefined : (await nodeOf(call, "node", node)).uuid;
    const filters = Object.entries({ node_uuid, resource_class, state, owner }).filter(
      ([, value]) => value !== undefined,
    );
    const where: readonly Condition[] = filters.map(([field, is]) => ({ field, is: is ?? null }));
    const seen = listedTo(call, owner);
    const records = await call.services.stores.allocations.list({ ...page.query, where, ...seen });
    const view = await call.view();
    const asked = Object.entries({ node, resource_class, state, owner }).filter(([, value]) => value !== undefined);
    const next = nextLink<Allocation>(page, records, {
      base: call.base,
      path: "allocations",
      filters: asked.map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`).join("&"),
      id: "uuid",
    });
    const allocations = records.map((record) => page.projection.render(record, view));
    return { body: next === undefined ? { allocations } : { allocations, next } };
  },
});

/** Candidates read at once. */
const CHUNK = 500;

/** UUIDs of the nodes that these UUIDs and names mean, in their order. @throws InvalidParameterValue naming the unknown ones */
async function candidateUuids(call: SeeingCall, idents: readonly string[]): Promise<readonly string[]> {
  if (idents.length === 0) return [];
  const seen = call.caller.access(RECORDS.node.lists.all).listed("node");
  const known = new Map<string, string>();
  for (let from = 0; from < idents.length; from += CHUNK) {
    const some = idents.slice(from, from + CHUNK);
    const named = [[{ field: "uuid", in: some }], [{ field: "name", in: some.filter((ident) => !isUuidLike(ident)) }]];
    for (const node of await call.services.stores.nodes.list({
      where: [{ anyOf: named }],
      fields: ["name"],
      ...seen,
    })) {
      known.set(node.uuid, node.uuid);
      if (node.name !== null) known.set(node.name, node.uuid);
    }
  }
  const missing = idents.filter((ident) => !known.has(ident));
  if (missing.length > 0) {
    throw InvalidParameterValue({
      reason: `candidate_nodes: ${missing.slice(0, 5).join(", ").slice(0, 300)} could not be found.`,
    });
  }
  return idents.map((ident) => known.get(ident) ?? ident);
}

interface Creation {
  readonly values: Params<"createAllocation">["values"];
  /** Who does it: the node's conductor when a node is given. */
  readonly host: string;
}

async function creation(call: Pick<AnyCall, "services" | "minor" | "body" | "caller">): Promise<Creation> {
  const { services, minor, body } = call;
  refuseOldOwner(body, minor);
  const { node, ...asked } = writer.create(body, minor);
  const given = { ...asked, ...ownerOf(call.caller, asked.owner) };
  checkName("allocation", given.name);
  const candidate_nodes = await candidateUuids(call, given.candidate_nodes ?? []);
  if (node === undefined) {
    if (!given.resource_class) {
      throw InvalidParameterValue({ reason: 'allocation: "resource_class" is mandatory unless "node" is given.' });
    }
    const uuid = given.uuid ?? crypto.randomUUID();
    return { values: { ...given, uuid, candidate_nodes }, host: await services.conductors.hostOfKey(uuid) };
  }
  const target = await nodeOf(call, "node", node);
  const values = { ...given, candidate_nodes, node_uuid: target.uuid };
  return { values, host: await services.conductors.hostFor(target) };
}

const RESTRICTED = "baremetal:allocation:create_restricted";

/** Who may not give allocations to others has them for their own project. @throws NotAuthorized */
function ownerOf(caller: Caller, asked: string | null | undefined): { owner?: string | null } {
  const { project } = caller;
  if (!caller.enforced || caller.allows(RESTRICTED)) return {};
  if (asked == null || asked === project) return { owner: project };
  throw NotAuthorized({
    reason: `Cannot create allocation with an owner Project ID value ${asked.slice(0, 100)} not matching the requester Project ID ${project}. Policy ${RESTRICTED} is required for this capability.`,
  });
}

/** Other newer fields are unknown to older versions; this one they do not accept. @throws NotAcceptable */
function refuseOldOwner(body: unknown, minor: number): void {
  const given = typeof body === "object" && body !== null && Object.hasOwn(body, "owner");
  if (given && minor < OWNER_SINCE) {
    throw NotAcceptable({ reason: `"owner" of an allocation needs API version 1.${OWNER_SINCE} or newer.` });
  }
}

const create = bodyRoute({
  method: "POST",
  path: "/v1/allocations",
  since: ALLOCATIONS_SINCE,
  below: 405,
  policy: "baremetal:allocation:create",
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const { values, host } = await creation(call);
    const record = await call.services.transport.call(host, "createAllocation", { values }, call.context);
    return { ...(await shown(call, record)), location: `allocations/${record.uuid}` };
  },
});

const show = route({
  method: "GET",
  path: "/v1/allocations/:allocation",
  since: ALLOCATIONS_SINCE,
  policy: "baremetal:allocation:get",
  query: { fields: fieldsParam({ since: ALLOCATIONS_SINCE }) },
  status: 200,
  async handle(call) {
    const chosen = projection(allocation, call.minor, call.query.fields ?? "detail");
    return { body: chosen.render(await found(call), await call.view()) };
  },
});

const change = bodyRoute({
  method: "PATCH",
  path: "/v1/allocations/:allocation",
  since: UPDATE_SINCE,
  below: 405,
  policy: "baremetal:allocation:update",
  body: patchBody,
  status: 200,
  async handle(call) {
    const record = await found(call);
    const { name, extra } = writer.patch(record, call.body, call.minor);
    checkName("allocation", name);
    const changes = { ...(name === undefined ? {} : { name }), ...(extra === undefined ? {} : { extra }) };
    return await shown(call, await call.services.stores.allocations.update(record.uuid, changes));
  },
});

/** Through the conductor of its node, so that the node is given back under its lock. */
export async function destroyAllocation(services: Services, record: Allocation, context: Context): Promise<void> {
  const { uuid, node_uuid } = record;
  const node = node_uuid === null ? null : await services.stores.nodes.find(node_uuid, { fields: ADDRESS_COLUMNS });
  const host = node === null ? await services.conductors.hostOfKey(uuid) : await services.conductors.hostFor(node);
  await services.transport.call(host, "destroyAllocation", { allocation: uuid }, context);
}

const destroy = route({
  method: "DELETE",
  path: "/v1/allocations/:allocation",
  since: ALLOCATIONS_SINCE,
  below: 405,
  policy: "baremetal:allocation:delete",
  status: 204,
  async handle(call) {
    await destroyAllocation(call.services, await found(call), call.context);
    return {};
  },
});

export const allocationRoutes = [list, create, show, change, destroy];
