/**
 * Requests that make a bare-metal service notify of every kind of record: made, changed, deleted, and refused where only
 * the work itself finds out. Sent to ferric and to a real Ironic alike; whoever keeps the answers compares notifications.
 */
import type { JsonObject } from "../../common/json.ts";

export interface Asked {
  readonly method: "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below /v1. */
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  /** Fields of the node that must have these values, with no lock, before the next request. */
  readonly until?: JsonObject;
}

export const CHASSIS = "11111111-0000-4000-8000-000000000001";
export const NODE = "11111111-0000-4000-8000-000000000002";
const PORT = "11111111-0000-4000-8000-000000000003";
const GROUP = "11111111-0000-4000-8000-000000000004";
const CONNECTOR = "11111111-0000-4000-8000-000000000005";
const TARGET = "11111111-0000-4000-8000-000000000006";
const TEMPLATE = "11111111-0000-4000-8000-000000000007";
const RUNBOOK = "11111111-0000-4000-8000-000000000008";
const ALLOCATION = "11111111-0000-4000-8000-000000000009";
const RULE = "11111111-0000-4000-8000-00000000000a";
const INSTANCE = "11111111-0000-4000-8000-00000000000b";
/** Must be found in no notification. */
export const WALK_SECRET = "hunter2";

const set = (path: string, value: unknown) => [{ op: "add", path, value }];
const make = (path: string, body: JsonObject, status = 201): Asked => ({ method: "POST", path, body, status });
const patch = (path: string, body: unknown, status = 200): Asked => ({ method: "PATCH", path, body, status });
const put = (path: string, body: unknown, status: number): Asked => ({ method: "PUT", path, body, status });
const remove = (path: string, status = 204): Asked => ({ method: "DELETE", path, status });
const provision = (target: string, provision_state: string): Asked => ({
  ...put(`/nodes/${NODE}/states/provision`, { target }, 202),
  until: { provision_state },
});

const power = (target: string): Asked => ({
  ...put(`/nodes/${NODE}/states/power`, { target }, 202),
  until: { power_state: target, target_power_state: null },
});

const chassis: readonly Asked[] = [
  make("/chassis", { uuid: CHASSIS, description: "rack 1", extra: { row: 1 } }),
  make("/chassis", { uuid: CHASSIS }, 409),
  patch(`/chassis/${CHASSIS}`, set("/description", "rack 2")),
];

const node: readonly Asked[] = [
  make("/nodes", {
    ...{ uuid: NODE, name: "one", driver: "fake-hardware", chassis_uuid: CHASSIS },
    ...{ driver_info: { ipmi_password: WALK_SECRET, ipmi_address: "192.0.2.1" }, properties: { cpus: 2 } },
    ...{ resource_class: "big", extra: { note: "x" } },
  }),
  make("/nodes", { name: "two", driver: "fake-hardware", power_interface: "no-such" }, 400),
  patch(`/nodes/${NODE}`, set("/extra/a", 1)),
  patch(`/nodes/${NODE}`, set("/driver_info/ipmi_password", `${WALK_SECRET}!`)),
  patch(`/nodes/${NODE}`, set("/power_interface", "no-such"), 400),
  put(`/nodes/${NODE}/traits`, { traits: ["CUSTOM_A"] }, 204),
  put(`/nodes/${NODE}/traits/CUSTOM_B`, {}, 204),
  remove(`/nodes/${NODE}/traits/CUSTOM_B`),
  provision("manage", "manageable"),
  put(`/nodes/${NODE}/maintenance`, { reason: "x" }, 202),
  remove(`/nodes/${NODE}/maintenance`, 202),
  { ...put(`/nodes/${NODE}/states/console`, { enabled: true }, 202), until: { console_enabled: true } },
  { ...put(`/nodes/${NODE}/states/console`, { enabled: false }, 202), until: { console_enabled: false } },
];

const links: readonly Asked[] = [
  make("/portgroups", { uuid: GROUP, node_uuid: NODE, name: "bond", address: "52:54:00:00:00:09", extra: { a: 1 } }),
  make("/portgroups", { node_uuid: NODE, name: "bond" }, 409),
  patch(`/portgroups/${GROUP}`, set("/mode", "802.3ad")),
  make("/ports", {
    ...{ uuid: PORT, node_uuid: NODE, address: "52:54:00:00:00:01", portgroup_uuid: GROUP, extra: { a: 1 } },
    ...{ name: "nic", local_link_connection: { port_id: "1", switch_id: "00:00:00:00:00:02" } },
  }),
  make("/ports", { node_uuid: NODE, address: "52:54:00:00:00:01" }, 409),
  make("/ports", { node_uuid: NODE, address: "52:54:00:00:00:02" }),
  patch(`/ports/${PORT}`, set("/extra/b", 2)),
  patch(`/ports/${PORT}`, set("/address", "52:54:00:00:00:02"), 409),
  remove(`/portgroups/${GROUP}`, 400),
  remove(`/ports/${PORT}`),
  remove(`/portgroups/${GROUP}`),
];

const volumes: readonly Asked[] = [
  power("power off"),
  make("/volume/connectors", {
    ...{ uuid: CONNECTOR, node_uuid: NODE, type: "iqn", connector_id: "iqn.2024.test:a", extra: {} },
  }),
  make("/volume/connectors", { node_uuid: NODE, type: "iqn", connector_id: "iqn.2024.test:a" }, 409),
  patch(`/volume/connectors/${CONNECTOR}`, set("/extra/a", 1)),
  make("/volume/targets", {
    ...{ uuid: TARGET, node_uuid: NODE, volume_type: "iscsi", volume_id: "v1", boot_index: 0 },
    properties: { auth_username: "u", auth_password: WALK_SECRET, target_lun: 1 },
  }),
  make("/volume/targets", { node_uuid: NODE, volume_type: "iscsi", volume_id: "v2", boot_index: 0 }, 409),
  patch(`/volume/targets/${TARGET}`, set("/volume_id", "v3")),
  power("power on"),
  patch(`/volume/connectors/${CONNECTOR}`, set("/extra/b", 2), 400),
  patch(`/volume/targets/${TARGET}`, set("/volume_id", "v4"), 400),
  power("power off"),
  remove(`/volume/connectors/${CONNECTOR}`),
  remove(`/volume/targets/${TARGET}`),
];

const STEP = { interface: "bios", step: "apply_configuration", args: { settings: [] } };

const orders: readonly Asked[] = [
  make("/deploy_templates", { uuid: TEMPLATE, name: "CUSTOM_T", steps: [{ ...STEP, priority: 50 }], extra: { a: 1 } }),
  make("/deploy_templates", { name: "CUSTOM_T", steps: [{ ...STEP, priority: 50 }] }, 409),
  patch(`/deploy_templates/${TEMPLATE}`, set("/name", "CUSTOM_U")),
  remove(`/deploy_templates/${TEMPLATE}`),
  make("/runbooks", { uuid: RUNBOOK, name: "CUSTOM_R", steps: [{ ...STEP, order: 1 }], extra: { a: 1 } }),
  make("/runbooks", { name: "CUSTOM_R", steps: [{ ...STEP, order: 1 }] }, 409),
  patch(`/runbooks/${RUNBOOK}`, set("/description", "text")),
  remove(`/runbooks/${RUNBOOK}`),
  make("/inspection_rules", {
    uuid: RULE,
    description: "rule",
    conditions: [],
    actions: [{ op: "log", args: { msg: "x" } }],
  }),
  patch(`/inspection_rules/${RULE}`, set("/priority", 5)),
  remove(`/inspection_rules/${RULE}`),
];

const allocations: readonly Asked[] = [
  make("/allocations", { uuid: ALLOCATION, name: "mine", resource_class: "none-such", extra: { a: 1 } }),
  make("/allocations", { name: "mine", resource_class: "none-such" }, 409),
  patch(`/allocations/${ALLOCATION}`, set("/name", "ours")),
  remove(`/allocations/${ALLOCATION}`),
];

const end: readonly Asked[] = [
  provision("provide", "available"),
  provision("manage", "manageable"),
  provision("provide", "available"),
  patch(`/nodes/${NODE}`, set("/instance_uuid", INSTANCE)),
  remove(`/nodes/${NODE}`, 409),
  patch(`/nodes/${NODE}`, [{ op: "remove", path: "/instance_uuid" }]),
  remove(`/chassis/${CHASSIS}`, 400),
  { ...put(`/nodes/${NODE}/states/console`, { enabled: true }, 202), until: { console_enabled: true } },
  remove(`/nodes/${NODE}`),
  remove(`/chassis/${CHASSIS}`),
];

export const NOTIFIED_WALK: readonly Asked[] = [
  ...chassis,
  ...node,
  ...links,
  ...volumes,
  ...orders,
  ...allocations,
  ...end,
];

const SETTLED_MS = 60_000;

/** @throws Error naming the requests that were answered otherwise */
export async function walkNotified(url: string): Promise<void> {
  const wrong: string[] = [];
  for (const asked of NOTIFIED_WALK) {
    const { status, text } = await send(url, asked.method, asked.path, asked.body);
    if (status !== asked.status) wrong.push(`${asked.method} ${asked.path}: ${status} ${text}`);
    else if (asked.until !== undefined) await settled(url, asked.until);
  }
  if (wrong.length > 0) throw new Error(wrong.join("\n"));
}

async function settled(url: string, until: JsonObject): Promise<void> {
  const wanted = Object.entries({ ...until, reservation: null });
  const deadline = performance.now() + SETTLED_MS;
  for (;;) {
    const { text } = await send(url, "GET", `/nodes/${NODE}`);
    const node = JSON.parse(text) as JsonObject;
    if (wanted.every(([field, value]) => node[field] === value)) return;
    if (performance.now() > deadline) throw new Error(`the node does not become ${JSON.stringify(until)}: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function send(url: string, method: string, path: string, body?: unknown) {
  const answer = await fetch(`${url}/v1${path}`, {
    method,
    headers: { "X-OpenStack-Ironic-API-Version": "1.115", "Content-Type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
  return { status: answer.status, text: await answer.text() };
}
