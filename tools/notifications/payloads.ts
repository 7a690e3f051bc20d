/**
 * Shapes of notifications as Ironic 39 sends them, observed at a running one: names and versions of payloads, and which
 * fields of a node they have. What ferric does not know of a node is null, as there.
 */
import type { Json, JsonObject } from "../../common/json.ts";
import type { Node } from "../../common/objects/node.ts";

const INTERFACES = [
  ...["bios", "boot", "console", "deploy", "inspect", "management"],
  ...["network", "power", "raid", "rescue", "storage", "vendor"],
].map((kind) => `${kind}_interface`);

/** NodePayload 1.17. */
const NODE_FIELDS: readonly string[] = [
  ...["clean_step", "conductor_group", "console_enabled", "created_at", "deploy_step", "description"],
  ...["disable_power_off", "driver", "extra", "boot_mode", "secure_boot", "inspection_finished_at"],
  ...["inspection_started_at", "instance_uuid", "last_error", "maintenance", "maintenance_reason", "fault"],
  ...INTERFACES,
  ...["name", "owner", "lessee", "power_state", "properties", "protected", "protected_reason", "provision_state"],
  ...["provision_updated_at", "resource_class", "retired", "retired_reason", "target_power_state"],
  ...["target_provision_state", "traits", "updated_at", "uuid"],
];

const PAYLOADS = {
  NodePayload: { version: "1.17", more: [] },
  NodeSetPowerStatePayload: { version: "1.17", more: [] },
  NodeCorrectedPowerStatePayload: { version: "1.17", more: [] },
  NodeSetProvisionStatePayload: { version: "1.18", more: ["instance_info", "driver_internal_info"] },
  NodeCRUDPayload: { version: "1.15", more: ["chassis_uuid", "instance_info", "driver_info"] },
} as const satisfies Readonly<Record<string, { readonly version: string; readonly more: readonly string[] }>>;
export type PayloadName = keyof typeof PAYLOADS;

/** `node` must be masked; `beside` are the fields that only this notification has. */
export function payloadOf(name: PayloadName, node: Partial<Node>, beside: JsonObject = {}): JsonObject {
  const { version, more } = PAYLOADS[name];
  const record = node as Readonly<Record<string, Json | undefined>>;
  const data = [...NODE_FIELDS, ...more].map((field) => [field, shown(record[field])]);
  return {
    "ironic_object.name": name,
    "ironic_object.namespace": "ironic",
    "ironic_object.version": version,
    "ironic_object.data": { ...Object.fromEntries(data), ...beside },
  };
}

/** Times without fractions, as versioned objects write them. */
function shown(value: Json | undefined): Json {
  if (typeof value !== "string") return value ?? null;
  const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$/.exec(value);
  return time === null ? value : `${time[1]}Z`;
}
