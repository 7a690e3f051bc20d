/** For each policy rule a request that it decides about, and how its answer tells whether it let the caller. */

import type { HttpAnswer } from "../../support/api-under-test.ts";
import { freshAddress, type Owned } from "../../support/owned-records.ts";
import { PROJECTS } from "../../support/personas.ts";

export interface Operation {
  readonly method: string;
  /** Below /v1. */
  path(records: Owned): string | Promise<string>;
  body?(records: Owned): unknown;
  /** Where it is not enough that the answer is neither 403 nor 404. */
  allowed?(answer: HttpAnswer, records: Owned): boolean;
  /** Of the API; the newest when absent. */
  readonly minor?: number;
  /** Other rules that the request must pass too. */
  readonly and?: readonly string[];
  /** Other rules that let it pass as well. */
  readonly or?: readonly string[];
}

type More = Omit<Operation, "method" | "path">;

const op = (method: string, path: Operation["path"], more: More = {}): Operation => ({ method, path, ...more });
const onNode = (method: string, part = "", body?: unknown): Operation =>
  op(method, ({ shared }) => `/nodes/${shared}${part}`, body === undefined ? {} : { body: () => body });
const get = (path: string): Operation => op("GET", () => path);
const patch = (path: string, value: unknown): unknown => [{ op: "add", path, value }];
const patchNode = (path: string, value: unknown): Operation => onNode("PATCH", "", patch(path, value));
const created = ({ status }: HttpAnswer) => status === 201;
const changed = ({ status }: HttpAnswer) => status === 200;
const answered = changed;
const STEPS = [{ interface: "bios", step: "a", args: {} }];
const provision = (body: object): Operation => onNode("PUT", "/states/provision", body);

const shows =
  (pick: (records: Owned) => string) =>
  ({ text }: HttpAnswer, records: Owned) =>
    text.includes(pick(records));
const lists = (kind: string, path: string, pick: (records: Owned) => string): Readonly<Record<string, Operation>> => ({
  [`baremetal:${kind}:list`]: op("GET", () => path, { allowed: answered }),
  [`baremetal:${kind}:list_all`]: op("GET", () => path, { allowed: shows(pick) }),
});

/** A field in clear: not the note in its place. */
const inClear = (field: string): Operation =>
  op("GET", ({ shared }) => `/nodes/${shared}?fields=${field}`, {
    allowed: ({ status, text }) => status === 200 && !/redacted/i.test(text),
  });

const NODE_READS = {
  "baremetal:node:get": onNode("GET"),
  "baremetal:node:get:filter_threshold": op("GET", ({ leased }) => `/nodes/${leased}`, {
    allowed: ({ status, text }) => status === 200 && !/redacted/i.test(text),
  }),
  "baremetal:node:get:last_error": inClear("last_error"),
  "baremetal:node:get:reservation": inClear("reservation"),
  "baremetal:node:get:driver_internal_info": inClear("driver_internal_info"),
  "baremetal:node:get:driver_info": inClear("driver_info"),
  "baremetal:node:validate": onNode("GET", "/validate"),
  "baremetal:node:get_boot_device": onNode("GET", "/management/boot_device"),
  "baremetal:node:get_indicator_state": onNode("GET", "/management/indicators"),
  "baremetal:node:get_states": onNode("GET", "/states"),
  "baremetal:node:get_console": onNode("GET", "/states/console"),
  "baremetal:node:vif:list": onNode("GET", "/vifs"),
  "baremetal:node:traits:list": onNode("GET", "/traits"),
  "baremetal:node:bios:get": onNode("GET", "/bios"),
  "baremetal:node:firmware:get": onNode("GET", "/firmware"),
  "baremetal:node:vmedia:get": onNode("GET", "/vmedia"),
  "baremetal:node:history:get": onNode("GET", "/history"),
  "baremetal:node:inventory:get": onNode("GET", "/inventory"),
  ...lists("node", "/nodes", ({ free }) => free),
};

const NODE_UPDATES = {
  "baremetal:node:update:driver_info": patchNode("/driver_info/a", "b"),
  "baremetal:node:update:properties": patchNode("/properties/a", "b"),
  "baremetal:node:update:chassis_uuid": op("PATCH", ({ shared }) => `/nodes/${shared}`, {
    body: ({ chassis }) => patch("/chassis_uuid", chassis),
  }),
  "baremetal:node:update:instance_uuid": patchNode("/instance_uuid", "4fa43b2c-3c5c-4f4b-bb12-4a9ae3c3e1a1"),
  "baremetal:node:update:lessee": patchNode("/lessee", PROJECTS.lessee),
  "baremetal:node:update:owner": patchNode("/owner", PROJECTS.owner),
  "baremetal:node:update:driver_interfaces": patchNode("/power_interface", "fake"),
  "baremetal:node:update:network_data": patchNode("/network_data", {}),
  "baremetal:node:update:conductor_group": patchNode("/conductor_group", ""),
  "baremetal:node:update:name": patchNode("/name", "shared"),
  "baremetal:node:update:retired": patchNode("/retired", false),
  "baremetal:node:update": patchNode("/description", "d"),
  "baremetal:node:update_extra": patchNode("/extra/a", "b"),
  "baremetal:node:update_instance_info": patchNode("/instance_info/a", "b"),
  "baremetal:node:update:shard": patchNode("/shard", "s"),
  "baremetal:node:update:parent_node": onNode("PATCH", "", [{ op: "remove", path: "/parent_node" }]),
  "baremetal:node:update:disable_power_off": patchNode("/disable_power_off", false),
  "baremetal:node:disable_cleaning": patchNode("/automated_clean", "off"),
  "baremetal:node:update_owner_provisioned": op("PATCH", ({ active }) => `/nodes/${active}`, {
    body: () => patch("/owner", PROJECTS.owner),
    allowed: changed,
  }),
};

const NODE_ACTIONS = {
  "baremetal:node:create": op("POST", () => "/nodes", {
    body: () => ({ driver: "fake-hardware", owner: "p-third" }),
    allowed: created,
  }),
  "baremetal:node:create:self_owned_node": op("POST", () => "/nodes", {
    body: () => ({ driver: "fake-hardware" }),
    allowed: created,
    or: ["baremetal:node:create"],
  }),
  "baremetal:node:delete": op("DELETE", async ({ node }) => `/nodes/${await node({ lessee: PROJECTS.lessee })}`),
  "baremetal:node:delete:self_owned_node": op(
    "DELETE",
    async ({ node }) => `/nodes/${await node({ owner: PROJECTS.owner })}`,
    {
      or: ["baremetal:node:delete"],
    },
  ),
  "baremetal:node:set_maintenance": onNode("PUT", "/maintenance", {}),
  "baremetal:node:clear_maintenance": onNode("DELETE", "/maintenance"),
  "baremetal:node:set_boot_device": onNode("PUT", "/management/boot_device", { boot_device: "pxe" }),
  "baremetal:node:set_indicator_state": onNode("PUT", "/management/indicators/led@chassis", { state: "on" }),
  "baremetal:node:inject_nmi": onNode("PUT", "/management/inject_nmi"),
  "baremetal:node:set_power_state": onNode("PUT", "/states/power", { target: "power on" }),
  "baremetal:node:set_boot_mode": onNode("PUT", "/states/boot_mode", { target: "uefi" }),
  "baremetal:node:set_secure_boot": onNode("PUT", "/states/secure_boot", { target: true }),
  "baremetal:node:set_provision_state": provision({ target: "manage" }),
  "baremetal:node:set_provision_state:clean_steps": provision({ target: "clean", clean_steps: STEPS }),
  "baremetal:node:set_provision_state:service_steps": provision({ target: "service", service_steps: STEPS }),
  "baremetal:node:set_raid_state": onNode("PUT", "/states/raid", {}),
  "baremetal:node:set_console_state": onNode("PUT", "/states/console", { enabled: true }),
  "baremetal:node:vif:attach": onNode("POST", "/vifs", { id: "vif" }),
  "baremetal:node:vif:detach": onNode("DELETE", "/vifs/vif"),
  "baremetal:node:traits:set": onNode("PUT", "/traits", { traits: [] }),
  "baremetal:node:traits:delete": onNode("DELETE", "/traits"),
  "baremetal:node:vmedia:attach": onNode("POST", "/vmedia", { device_type: "cdrom", image_url: "http://127.0.0.1/i" }),
  "baremetal:node:vmedia:detach": onNode("DELETE", "/vmedia"),
  "baremetal:node:vendor_passthru": onNode("PUT", "/vendor_passthru?method=a", {}),
};

const PARTS = {
  "baremetal:port:get": op("GET", ({ parts }) => `/ports/${parts.port}`),
  "baremetal:port:create": op("POST", () => "/ports", {
    body: ({ shared }) => ({ node_uuid: shared, address: freshAddress() }),
  }),
  "baremetal:port:delete": op(
    "DELETE",
    async ({ make, shared }) => `/ports/${await make("/v1/ports", { node_uuid: shared, address: freshAddress() })}`,
  ),
  "baremetal:port:update": op("PATCH", ({ parts }) => `/ports/${parts.port}`, { body: () => patch("/extra/a", "b") }),
  ...lists("port", "/ports", ({ freeParts }) => freeParts.port),
  "baremetal:portgroup:get": op("GET", ({ parts }) => `/portgroups/${parts.portgroup}`),
  "baremetal:portgroup:create": op("POST", () => "/portgroups", { body: ({ shared }) => ({ node_uuid: shared }) }),
  "baremetal:portgroup:delete": op(
    "DELETE",
    async ({ make, shared }) => `/portgroups/${await make("/v1/portgroups", { node_uuid: shared })}`,
  ),
  "baremetal:portgroup:update": op("PATCH", ({ parts }) => `/portgroups/${parts.portgroup}`, {
    body: () => patch("/extra/a", "b"),
  }),
  ...lists("portgroup", "/portgroups", ({ freeParts }) => freeParts.portgroup),
  "baremetal:volume:get": op("GET", ({ parts }) => `/volume/targets/${parts.target}`),
  "baremetal:volume:create": op("POST", () => "/volume/connectors", {
    body: ({ shared }) => ({ node_uuid: shared, type: "iqn", connector_id: crypto.randomUUID() }),
  }),
  "baremetal:volume:delete": op("DELETE", async ({ make, shared }) => {
    const body = { node_uuid: shared, type: "iqn", connector_id: crypto.randomUUID() };
    return `/volume/connectors/${await make("/v1/volume/connectors", body)}`;
  }),
  "baremetal:volume:update": op("PATCH", ({ parts }) => `/volume/connectors/${parts.connector}`, {
    body: () => patch("/extra/a", "b"),
  }),
  "baremetal:volume:view_target_properties": op("GET", ({ parts }) => `/volume/targets/${parts.target}`, {
    allowed: ({ status, text }) => status === 200 && !/redacted/i.test(text),
    and: ["baremetal:volume:get"],
  }),
  ...lists("volume", "/volume/targets", ({ freeParts }) => freeParts.target),
};

const OTHERS = {
  "baremetal:shards:get": get("/shards"),
  "baremetal:chassis:get": get("/chassis"),
  "baremetal:chassis:create": op("POST", () => "/chassis", { body: () => ({}) }),
  "baremetal:chassis:delete": op("DELETE", async ({ make }) => `/chassis/${await make("/v1/chassis", {})}`),
  "baremetal:chassis:update": op("PATCH", ({ chassis }) => `/chassis/${chassis}`, { body: () => patch("/extra/a", 1) }),
  "baremetal:driver:get": get("/drivers"),
  "baremetal:driver:get_properties": get("/drivers/fake-hardware/properties"),
  "baremetal:driver:get_raid_logical_disk_properties": get("/drivers/fake-hardware/raid/logical_disk_properties"),
  "baremetal:driver:vendor_passthru": op("PUT", () => "/drivers/fake-hardware/vendor_passthru?method=a", {
    body: () => ({}),
  }),
  "baremetal:node:ipa_heartbeat": op("POST", ({ inspected }) => `/heartbeat/${inspected}`, {
    body: () => ({ callback_url: "http://127.0.0.1:9999", agent_token: "fake-token", agent_version: "1" }),
  }),
  "baremetal:driver:ipa_lookup": op("GET", ({ address }) => `/lookup?addresses=${address}`),
  "baremetal:driver:ipa_continue_inspection": op("POST", () => "/continue_inspection", {
    body: ({ address }) => ({ inventory: { interfaces: [{ mac_address: address }] } }),
    // The answer has a body that the description of the newest version does not announce.
    minor: 114,
  }),
  "baremetal:conductor:get": get("/conductors"),
  "baremetal:events:post": op("POST", () => "/events", { body: () => ({ events: [] }) }),
  "baremetal:deploy_template:get": get("/deploy_templates"),
  "baremetal:deploy_template:create": op("POST", () => "/deploy_templates", { body: () => ({}) }),
  "baremetal:deploy_template:delete": op("DELETE", async ({ make, steps }) => {
    const [{ order: _, ...step } = {}] = steps;
    const name = `CUSTOM_${crypto.randomUUID().replaceAll("-", "_").toUpperCase()}`;
    return `/deploy_templates/${await make("/v1/deploy_templates", { name, steps: [{ ...step, priority: 1 }] })}`;
  }),
  "baremetal:deploy_template:update": op("PATCH", ({ template }) => `/deploy_templates/${template}`, {
    body: () => patch("/extra/a", "b"),
  }),
  "baremetal:inspection_rule:get": op("GET", ({ rule }) => `/inspection_rules/${rule}`),
  "baremetal:inspection_rule:list_all": get("/inspection_rules"),
  "baremetal:inspection_rule:create": op("POST", () => "/inspection_rules", { body: () => ({}) }),
  "baremetal:inspection_rule:update": op("PATCH", ({ rule }) => `/inspection_rules/${rule}`, {
    body: () => patch("/description", "d"),
  }),
  "baremetal:inspection_rule:delete": op("DELETE", async ({ make }) => {
    const body = { actions: [{ op: "log", args: { msg: "m" } }] };
    return `/inspection_rules/${await make("/v1/inspection_rules", body)}`;
  }),
};

const OF_PROJECTS = {
  "baremetal:allocation:get": op("GET", ({ allocation }) => `/allocations/${allocation}`),
  "baremetal:allocation:create": op("POST", () => "/allocations", { body: () => ({ resource_class: "rc" }) }),
  "baremetal:allocation:create_restricted": op("POST", () => "/allocations", {
    body: () => ({ resource_class: "rc", owner: "p-third" }),
  }),
  "baremetal:allocation:delete": op("DELETE", async ({ make }) => {
    const body = { resource_class: "rc", owner: PROJECTS.owner };
    return `/allocations/${await make("/v1/allocations", body)}`;
  }),
  "baremetal:allocation:update": op("PATCH", ({ allocation }) => `/allocations/${allocation}`, {
    body: () => patch("/extra/a", "b"),
  }),
  ...lists("allocation", "/allocations", ({ freeAllocation }) => freeAllocation),
  "baremetal:runbook:get": op("GET", ({ runbook }) => `/runbooks/${runbook}`),
  "baremetal:runbook:create": op("POST", () => "/runbooks", {
    body: ({ steps }) => ({ name: `CUSTOM_${crypto.randomUUID().replaceAll("-", "_").toUpperCase()}`, steps }),
  }),
  "baremetal:runbook:delete": op("DELETE", async ({ make, steps }) => {
    const name = `CUSTOM_${crypto.randomUUID().replaceAll("-", "_").toUpperCase()}`;
    return `/runbooks/${await make("/v1/runbooks", { name, steps, owner: PROJECTS.owner })}`;
  }),
  "baremetal:runbook:update": op("PATCH", ({ runbook }) => `/runbooks/${runbook}`, {
    body: () => patch("/extra/a", 1),
  }),
  "baremetal:runbook:update:public": op("PATCH", ({ freeRunbook }) => `/runbooks/${freeRunbook}`, {
    body: () => patch("/public", false),
  }),
  "baremetal:runbook:update:owner": op("PATCH", ({ runbook }) => `/runbooks/${runbook}`, {
    body: () => patch("/owner", PROJECTS.owner),
  }),
  "baremetal:runbook:use": op("PUT", ({ shared }) => `/nodes/${shared}/states/provision`, {
    body: ({ runbook }) => ({ target: "manage", runbook }),
    and: ["baremetal:node:set_provision_state"],
  }),
  ...lists("runbook", "/runbooks", ({ freeRunbook }) => freeRunbook),
};

export const OPERATIONS: Readonly<Record<string, Operation>> = {
  ...NODE_READS,
  ...NODE_UPDATES,
  ...NODE_ACTIONS,
  ...PARTS,
  ...OTHERS,
  ...OF_PROJECTS,
};

/** Rules that no operation asks, and why. */
export const NOT_ASKED: Readonly<Record<string, string>> = {
  "baremetal:allocation:create_pre_rbac":
    "it is for deployments with enforce_new_defaults = false, which are not built",
};
