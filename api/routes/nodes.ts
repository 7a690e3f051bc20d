/** Nodes: create, show, change, delete. Changes go to the node's conductor. */
import { InvalidParameterValue } from "../../common/errors/request.ts";
import type { NewNode, Node, NodeChanges } from "../../common/objects/node.ts";
import { ANY_BODY, bodyRoute, route } from "../engine/define-route.ts";
import { type PatchOperation, patchBody } from "../engine/json-patch.ts";
import { FIELDS_SINCE } from "../engine/list.ts";
import { booleanParam, fieldsParam, type ParamDefs } from "../engine/params.ts";
import { projection, type Selection } from "../engine/project.ts";
import type { Answer, Call } from "../engine/route.ts";
import { writerOf } from "../engine/write.ts";
import type { Access } from "../policy/enforce.ts";
import { node } from "../resources/node.ts";
import { checkNodeName } from "../resources/node-names.ts";
import { publicNode } from "../resources/public-node.ts";
import { ADDRESS_COLUMNS, findKeptNode, findNode, type NodeCall } from "./find-node.ts";
import {
  checkChassis,
  checkChassisRemoval,
  checkConductorGroup,
  checkNotInspecting,
  parentUuid,
} from "./node-checks.ts";
import { checkOwnerOfActive, deleting, newOwner, rulesOfPatch } from "./node-rights.ts";
import { revealedNode } from "./revealed-nodes.ts";

const ENROLL_SINCE = 11;
const RESET_INTERFACES_SINCE = 45;

const writer = writerOf<Node>(node);

type AnyCall = Call<ParamDefs, unknown>;

async function shown(call: Pick<AnyCall, "minor" | "view">, record: Node): Promise<Answer> {
  return { body: projection(node, call.minor, "detail").render(publicNode(record), await call.view()) };
}

type ShowCall = NodeCall & Pick<AnyCall, "view" | "caller">;

/** That the node is not there is told before what is wrong with the fields. */
async function chosenOf(call: ShowCall, ident: string, selection: Selection) {
  try {
    return projection(node, call.minor, selection);
  } catch (error) {
    await findNode(call, ident, ["uuid"]);
    throw error;
  }
}

async function showOne(call: ShowCall, ident: string, selection: Selection): Promise<Answer> {
  const chosen = await chosenOf(call, ident, selection);
  const { reveals } = call.caller;
  if (reveals !== null) {
    const { uuid } = await findNode(call, ident, ["uuid"]);
    return { body: chosen.render(await revealedNode(call.services, uuid, reveals), await call.view()) };
  }
  const keeper = call.services.texts.keeperOf(chosen, await call.view());
  return { json: (await findKeptNode(call, ident, keeper)).json };
}

async function newNode(call: AnyCall): Promise<NewNode> {
  const { services, minor } = call;
  const defaults = services.config.DEFAULT;
  const given = writer.create(call.body, minor);
  const { driver } = given;
  if (driver === undefined) throw InvalidParameterValue({ reason: 'node: mandatory field "driver" is missing.' });
  if (given.name !== undefined) checkNodeName(given.name, minor, "");
  checkConductorGroup(given.conductor_group);
  await checkChassis(services, given.chassis_uuid);
  const owner = newOwner(call, given.owner);
  const parent = given.parent_node;
  return {
    resource_class: defaults.default_resource_class,
    conductor_group: defaults.default_conductor_group.toLowerCase(),
    ...given,
    ...(owner === undefined ? {} : { owner }),
    ...(parent == null ? {} : { parent_node: await parentUuid(call, parent, owner ?? null) }),
    driver,
    uuid: given.uuid ?? crypto.randomUUID(),
    provision_state: minor < ENROLL_SINCE ? "available" : "enroll",
  };
}

const create = bodyRoute({
  method: "POST",
  path: "/v1/nodes",
  policy: "baremetal:node:create",
  decides: true,
  body: ANY_BODY,
  status: 201,
  async handle(call) {
    const { services } = call;
    const values = await newNode(call);
    const key = { uuid: values.uuid, driver: values.driver, conductor_group: values.conductor_group ?? "" };
    const host = await services.conductors.hostForNew(key);
    const record = await services.transport.call(host, "createNode", { values }, call.context);
    return { ...(await shown(call, record)), location: `nodes/${record.uuid}` };
  },
});

const show = route({
  method: "GET",
  path: "/v1/nodes/:node",
  policy: "baremetal:node:get",
  query: { fields: fieldsParam({ since: FIELDS_SINCE }) },
  status: 200,
  handle: (call) => showOne(call, call.params.node ?? "", call.query.fields ?? "detail"),
});

/** A word behind the identifier is read as a choice of one field. Mounted last. */
export const nodeFieldRoute = route({
  method: "GET",
  path: "/v1/nodes/:node/:field",
  policy: "baremetal:node:get",
  status: 200,
  handle: (call) => showOne(call, call.params.node ?? "", [(call.params.field ?? "").toLowerCase()]),
});

/** The patch as changes, checked against the node as it stands. */
async function changesOf(call: AnyCall, record: Node, operations: readonly PatchOperation[]): Promise<NodeChanges> {
  const { services, minor } = call;
  const changes = writer.patch(record, operations, minor);
  checkChassisRemoval(operations, minor);
  if (changes.name !== undefined && !removes(operations, "name")) {
    checkNodeName(changes.name, minor, `Node ${record.uuid}: `);
  }
  checkConductorGroup(changes.conductor_group);
  checkNotInspecting(record, minor);
  await checkChassis(services, changes.chassis_uuid);
  const parent = changes.parent_node;
  if (parent === null && !removes(operations, "parent_node")) {
    throw InvalidParameterValue({ reason: "parent_node cannot be null; remove it instead." });
  }
  checkOwnerOfActive(call.caller, record, changes);
  const owner = changes.owner === undefined ? record.owner : changes.owner;
  return {
    ...changes,
    ...(parent == null ? {} : { parent_node: await parentUuid(call, parent, owner) }),
  };
}

function removes(operations: readonly PatchOperation[], field: string): boolean {
  return operations.findLast(({ path }) => path === `/${field}`)?.op === "remove";
}

const change = bodyRoute({
  method: "PATCH",
  path: "/v1/nodes/:node",
  policy: "baremetal:node:update",
  decides: true,
  query: { reset_interfaces: booleanParam({ since: RESET_INTERFACES_SINCE }) },
  body: patchBody,
  status: 200,
  async handle(call) {
    const { services, body: operations } = call;
    const access = call.caller.access(...rulesOfPatch(operations));
    const record = await findNode({ ...call, access }, call.params.node ?? "");
    const changes = await changesOf(call, record, operations);
    const reset = call.query.reset_interfaces;
    if (reset === true && changes.driver === undefined) {
      throw InvalidParameterValue({ reason: 'reset_interfaces goes only with a change of "/driver"; leave it out.' });
    }
    const moves = changes.driver !== undefined || changes.conductor_group !== undefined;
    const host = moves
      ? await services.conductors.hostForNew({ ...record, ...changes })
      : await services.conductors.hostFor(record);
    const params = { node: record.uuid, changes, ...(reset === undefined ? {} : { reset_interfaces: reset }) };
    return await shown(call, await services.transport.call(host, "updateNode", params, call.context));
  },
});

const destroy = route({
  method: "DELETE",
  path: "/v1/nodes/:node",
  policy: "baremetal:node:delete",
  decides: true,
  status: 204,
  async handle(call) {
    const { services } = call;
    const find = (access: Access) => findNode({ ...call, access }, call.params.node ?? "", ADDRESS_COLUMNS);
    const record = await deleting(call, find);
    const host = await services.conductors.hostFor(record);
    await services.transport.call(host, "destroyNode", { node: record.uuid }, call.context);
    return {};
  },
});

export const nodeRoutes = [create, show, change, destroy];
