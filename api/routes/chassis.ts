/** Chassis: written by the API itself, since no conductor has work with them. */
import { InvalidUuid } from "../../common/errors/request.ts";
import type { Chassis } from "../../common/objects/chassis.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { patchBody } from "../engine/json-patch.ts";
import { type Asked, FIELDS_SINCE, LIST_PARAMS, nextLink, PAGE_PARAMS, pageOf } from "../engine/list.ts";
import { fieldsParam, type ParamDefs } from "../engine/params.ts";
import { projection, refuseNewer } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { isUuidLike } from "../engine/values.ts";
import { writerOf } from "../engine/write.ts";
import { chassis } from "../resources/chassis.ts";
import { wordsOf } from "./field-words.ts";
import { listNodes } from "./node-list.ts";

const writer = writerOf<Chassis>(chassis);

type AnyCall = Pick<Call<ParamDefs, unknown>, "services" | "minor" | "base" | "access" | "caller" | "view" | "params">;

/** @throws InvalidUuid: chassis have no names */
function uuidOf(call: AnyCall): string {
  const uuid = call.params.chassis ?? "";
  if (!isUuidLike(uuid)) throw InvalidUuid({ uuid });
  return uuid;
}

async function shown(call: AnyCall, record: Chassis): Promise<Answer> {
  return { body: projection(chassis, call.minor, "detail").render(record, await call.view()) };
}

async function listChassis(call: AnyCall, query: Asked, path: string, full = false): Promise<Answer> {
  const page = pageOf(chassis, call.minor, query, call.services.config.api.max_limit, full);
  const records = await call.services.stores.chassis.list(page.query);
  const view = await call.view();
  const next = nextLink<Chassis>(page, records, { base: call.base, path, filters: "", id: "uuid" });
  const items = records.map((record) => page.projection.render(record, view));
  return { body: next === undefined ? { chassis: items } : { chassis: items, next } };
}

const list = route({
  method: "GET",
  path: "/v1/chassis",
  policy: "baremetal:chassis:get",
  query: LIST_PARAMS,
  status: 200,
  handle: (call) => listChassis(call, call.query, "chassis"),
});

const listDetail = route({
  method: "GET",
  path: "/v1/chassis/detail",
  policy: "baremetal:chassis:get",
  query: PAGE_PARAMS,
  status: 200,
  handle: (call) => listChassis(call, call.query, "chassis/detail", true),
});

const create = bodyRoute({
  method: "POST",
  path: "/v1/chassis",
  policy: "baremetal:chassis:create",
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const given = writer.create(call.body, call.minor);
    const record = await call.services.stores.chassis.create({ ...given, uuid: given.uuid ?? crypto.randomUUID() });
    return { ...(await shown(call, record)), location: `chassis/${record.uuid}` };
  },
});

/** A word behind the identifier is read as a choice of one field. */
const showWords = route({
  method: "GET",
  path: "/v1/chassis/:chassis/:words",
  policy: "baremetal:chassis:get",
  status: 200,
  async handle(call) {
    refuseNewer("fields", FIELDS_SINCE, call.minor);
    // Here, other than with a query, that it is not there comes before what is wrong with the fields.
    const record = await call.services.stores.chassis.get(uuidOf(call));
    return { body: projection(chassis, call.minor, wordsOf(call.params)).render(record, await call.view()) };
  },
});

const show = route({
  method: "GET",
  path: "/v1/chassis/:chassis",
  policy: "baremetal:chassis:get",
  query: { fields: fieldsParam({ since: FIELDS_SINCE }) },
  status: 200,
  async handle(call) {
    const chosen = projection(chassis, call.minor, call.query.fields ?? "detail");
    const record = await call.services.stores.chassis.get(uuidOf(call));
    return { body: chosen.render(record, await call.view()) };
  },
});

const change = bodyRoute({
  method: "PATCH",
  path: "/v1/chassis/:chassis",
  policy: "baremetal:chassis:update",
  body: patchBody,
  status: 200,
  async handle(call) {
    const record = await call.services.stores.chassis.get(uuidOf(call));
    const changes = writer.patch(record, call.body, call.minor);
    return await shown(call, await call.services.stores.chassis.update(record.uuid, changes));
  },
});

const destroy = route({
  method: "DELETE",
  path: "/v1/chassis/:chassis",
  policy: "baremetal:chassis:delete",
  status: 204,
  async handle(call) {
    const record = await call.services.stores.chassis.get(uuidOf(call), { fields: ["uuid"] });
    await call.services.stores.chassis.destroy(record.uuid);
    return {};
  },
});

/** The nodes in a chassis, which must exist. */
async function nodesIn(call: AnyCall, query: Asked, full: boolean): Promise<Answer> {
  const record = await call.services.stores.chassis.get(uuidOf(call), { fields: ["uuid"] });
  const path = `chassis/${record.uuid}/nodes${full ? "/detail" : ""}`;
  return await listNodes(call, { query, path, full, extra: [{ field: "chassis_uuid", is: record.uuid }] });
}

const nodes = route({
  method: "GET",
  path: "/v1/chassis/:chassis/nodes",
  policy: "baremetal:node:list_all",
  query: LIST_PARAMS,
  status: 200,
  handle: (call) => nodesIn(call, call.query, false),
});

const nodesDetail = route({
  method: "GET",
  path: "/v1/chassis/:chassis/nodes/detail",
  policy: "baremetal:node:list_all",
  query: PAGE_PARAMS,
  status: 200,
  handle: (call) => nodesIn(call, call.query, true),
});

export const chassisRoutes = [listDetail, list, create, show, change, destroy, nodesDetail, nodes, showWords];
