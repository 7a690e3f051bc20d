/** The routes that volume connectors and volume targets have alike. Changes go to the conductor of the node. */
import type { FerricError } from "../../common/errors/fault.ts";
import { InvalidUuid } from "../../common/errors/request.ts";
import type { Query, Reading } from "../../db/contract.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { patchBody } from "../engine/json-patch.ts";
import { type Asked, LIST_PARAMS, nextLink, pageOf } from "../engine/list.ts";
import { booleanParam, fieldsParam, type ParamDefs, textParam } from "../engine/params.ts";
import { projection } from "../engine/project.ts";
import type { Resource } from "../engine/resource.ts";
import type { Answer, Call, Route } from "../engine/route.ts";
import { isUuidLike } from "../engine/values.ts";
import { type Writer, writerOf } from "../engine/write.ts";
import type { Visibility } from "../policy/enforce.ts";
import { VOLUMES_SINCE } from "../resources/volume.ts";
import type { Services } from "../services.ts";
import { wordsOf } from "./field-words.ts";
import { ADDRESS_COLUMNS, findNode, findNodeParam, nodeInBody } from "./find-node.ts";

const GATE = { since: VOLUMES_SINCE, absentText: "" } as const;

const PARAMS = {
  ...LIST_PARAMS,
  fields: fieldsParam({ since: VOLUMES_SINCE }),
  detail: booleanParam({ since: VOLUMES_SINCE }),
} as const;

interface VolumeRecord {
  readonly uuid: string;
  readonly node_uuid: string;
}

interface Store<R> {
  find(uuid: string, reading?: Reading): Promise<R | null>;
  list(query?: Query): Promise<readonly R[]>;
}

type AnyCall = Pick<
  Call<ParamDefs, unknown>,
  "services" | "context" | "minor" | "base" | "access" | "view" | "params" | "jsonSuffix"
>;

/** Where a call goes: the node that the record belongs to, and its conductor. */
export interface Addressed {
  readonly host: string;
  readonly node: string;
}

export interface VolumeKind<R extends VolumeRecord> {
  readonly resource: Resource<R>;
  store(services: Services): Store<R>;
  notFound(uuid: string): FerricError;
  create(services: Services, values: Partial<R>, own: VolumeRecord): Promise<R>;
  change(call: AnyCall, to: Addressed, uuid: string, changes: Partial<R>): Promise<R>;
  destroy(call: AnyCall, to: Addressed, uuid: string): Promise<void>;
}

/** Of one kind, below /v1/volume and below a node. */
export function volumeRecordRoutes<R extends VolumeRecord>(kind: VolumeKind<R>): readonly Route[] {
  const writer = writerOf(kind.resource);
  return [...listRoutes(kind), ...readRoutes(kind), ...writeRoutes(kind, writer)];
}

const pathOf = <R>(resource: Resource<R>) => `volume/${resource.collection}`;

/** @throws InvalidUuid: these records have no names */
async function found<R extends VolumeRecord>(call: AnyCall, kind: VolumeKind<R>): Promise<R> {
  const uuid = call.params.volume ?? "";
  if (!isUuidLike(uuid)) throw InvalidUuid({ uuid });
  const record = await call.access.permitted("volume", (seen) => kind.store(call.services).find(uuid, seen));
  if (record === null) throw kind.notFound(uuid);
  return record;
}

async function listed<R extends VolumeRecord>(
  call: AnyCall,
  kind: VolumeKind<R>,
  asked: Asked,
  node: string | null,
  seen: Visibility,
): Promise<Answer> {
  const { resource } = kind;
  const page = pageOf(resource, call.minor, asked, call.services.config.api.max_limit);
  const where = node === null ? [] : [{ field: "node_uuid", is: node }];
  const records = await kind.store(call.services).list({ ...page.query, where, ...seen });
  const view = await call.view();
  const filters = node === null ? "" : `node=${node}`;
  const next = nextLink<R>(page, records, { base: call.base, path: pathOf(resource), filters, id: "uuid" });
  const items = records.map((record) => page.projection.render(record, view));
  return { body: { [resource.collection]: items, ...(next === undefined ? {} : { next }) } };
}

function listRoutes<R extends VolumeRecord>(kind: VolumeKind<R>): readonly Route[] {
  return [
    route({
      ...GATE,
      method: "GET",
      path: `/v1/${pathOf(kind.resource)}`,
      policy: "baremetal:volume:list_all",
      query: { ...PARAMS, node: textParam({ since: VOLUMES_SINCE }) },
      status: 200,
      async handle(call) {
        const { node } = call.query;
        const owner = node === undefined ? null : (await findNodeParam(call, node, ["uuid"])).uuid;
        return await listed(call, kind, call.query, owner, call.access.listed("volume"));
      },
    }),
    route({
      ...GATE,
      method: "GET",
      path: `/v1/nodes/:node/${pathOf(kind.resource)}`,
      policy: "baremetal:volume:get",
      query: PARAMS,
      status: 200,
      async handle(call) {
        const { uuid } = await findNode(call, call.params.node ?? "", ["uuid"]);
        return await listed(call, kind, call.query, uuid, {});
      },
    }),
  ];
}

async function shown<R extends VolumeRecord>(call: AnyCall, kind: VolumeKind<R>, record: R): Promise<Answer> {
  return { body: projection(kind.resource, call.minor, "detail").render(record, await call.view()) };
}

function readRoutes<R extends VolumeRecord>(kind: VolumeKind<R>): readonly Route[] {
  return [
    route({
      ...GATE,
      method: "GET",
      path: `/v1/${pathOf(kind.resource)}/:volume`,
      policy: "baremetal:volume:get",
      query: { fields: fieldsParam({ since: VOLUMES_SINCE }) },
      status: 200,
      async handle(call) {
        const chosen = projection(kind.resource, call.minor, call.query.fields ?? "detail");
        return { body: chosen.render(await found(call, kind), await call.view()) };
      },
    }),
    route({
      ...GATE,
      method: "GET",
      path: `/v1/${pathOf(kind.resource)}/:volume/:words`,
      policy: "baremetal:volume:get",
      status: 200,
      async handle(call) {
        // Here, other than with a query, that it is not there comes before what is wrong with the fields.
        const record = await found(call, kind);
        const chosen = projection(kind.resource, call.minor, wordsOf(call.params));
        return { body: chosen.render(record, await call.view()) };
      },
    }),
  ];
}

async function addressed(call: AnyCall, record: VolumeRecord): Promise<Addressed> {
  const node = await call.services.stores.nodes.get(record.node_uuid, { fields: ADDRESS_COLUMNS });
  return { host: await call.services.conductors.hostFor(node), node: node.uuid };
}

function writeRoutes<R extends VolumeRecord>(
  kind: VolumeKind<R>,
  writer: Writer<R, Record<never, never>>,
): readonly Route[] {
  const path = `/v1/${pathOf(kind.resource)}`;
  return [
    bodyRoute({
      ...GATE,
      method: "POST",
      path,
      policy: "baremetal:volume:create",
      body: ANY_BODY,
      status: 201,
      async handle(call) {
        const given = writer.create(call.body, call.minor);
        const node = await nodeInBody(call, given.node_uuid ?? "");
        const own = { uuid: given.uuid ?? crypto.randomUUID(), node_uuid: node.uuid };
        const record = await kind.create(call.services, given, own);
        return { ...(await shown(call, kind, record)), location: `${pathOf(kind.resource)}/${record.uuid}` };
      },
    }),
    bodyRoute({
      ...GATE,
      method: "PATCH",
      path: `${path}/:volume`,
      policy: "baremetal:volume:update",
      body: patchBody,
      status: 200,
      async handle(call) {
        const record = await found(call, kind);
        const changes = writer.patch(record, call.body, call.minor);
        const { node_uuid: moved } = changes;
        const target = moved === undefined ? {} : { node_uuid: (await nodeInBody(call, moved, true)).uuid };
        const to = await addressed(call, record);
        return await shown(call, kind, await kind.change(call, to, record.uuid, { ...changes, ...target }));
      },
    }),
    route({
      ...GATE,
      method: "DELETE",
      path: `${path}/:volume`,
      policy: "baremetal:volume:delete",
      status: 204,
      async handle(call) {
        const record = await found(call, kind);
        await kind.destroy(call, await addressed(call, record), record.uuid);
        return {};
      },
    }),
  ];
}
