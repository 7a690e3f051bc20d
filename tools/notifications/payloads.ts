/**
 * Shapes of notifications as Ironic 39 sends them, observed at a running one: names and versions of payloads, and which
 * fields of a record they have. What ferric does not know of a record is null, as there.
 */
import { isJsonObject, type Json, type JsonObject } from "../../common/json.ts";
import type { Allocation } from "../../common/objects/allocation.ts";
import type { Chassis } from "../../common/objects/chassis.ts";
import type { DeployTemplate } from "../../common/objects/deploy-template.ts";
import type { InspectionRule } from "../../common/objects/inspection-rule.ts";
import type { Port } from "../../common/objects/port.ts";
import type { Portgroup } from "../../common/objects/portgroup.ts";
import type { Runbook } from "../../common/objects/runbook.ts";
import type { VolumeConnector, VolumeTarget } from "../../common/objects/volume.ts";
import { maskSecrets } from "../../common/secrets.ts";

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

const TIMES = ["created_at", "updated_at"] as const;

/** Fields of `R`, checked to be ones. */
const fieldsOf = <R>(...fields: readonly (keyof R & string)[]): readonly string[] => [...TIMES, "uuid", ...fields];

interface Payload {
  readonly version: string;
  readonly fields: readonly string[];
  /** What stands for an absent value, where that is not null. */
  readonly blank?: JsonObject;
  /** Told of as there, but not what they hold. */
  readonly redacted?: readonly string[];
}

const BLANK: JsonObject = Object.fromEntries(
  [
    ...["extra", "properties", "instance_info", "driver_info", "driver_internal_info", "clean_step", "deploy_step"],
    "local_link_connection",
  ].map((field) => [field, {}]),
);
const node = (version: string, ...more: readonly string[]) => ({
  version,
  fields: [...NODE_FIELDS, ...more],
  blank: { traits: [], conductor_group: "" },
});
const REDACTED = { redacted_contents: "** Value redacted: not published on the notification bus. **" };

const PAYLOADS = {
  NodePayload: node("1.17"),
  NodeSetPowerStatePayload: node("1.17"),
  NodeCorrectedPowerStatePayload: node("1.17"),
  NodeSetProvisionStatePayload: node("1.18", "instance_info", "driver_internal_info"),
  NodeCRUDPayload: node("1.15", "chassis_uuid", "instance_info", "driver_info"),
  PortCRUDPayload: {
    version: "1.8",
    fields: fieldsOf<Port>(
      ...(["address", "extra", "local_link_connection", "pxe_enabled", "node_uuid", "portgroup_uuid"] as const),
      ...(["physical_network", "is_smartnic", "name", "description", "vendor", "category"] as const),
      "available_for_dynamic_portgroup",
    ),
  },
  PortgroupCRUDPayload: {
    version: "1.3",
    fields: fieldsOf<Portgroup>(
      ...(["address", "category", "extra", "mode", "name", "node_uuid", "physical_network", "properties"] as const),
      ...(["standalone_ports_supported", "dynamic_portgroup"] as const),
    ),
  },
  VolumeConnectorCRUDPayload: {
    version: "1.0",
    fields: fieldsOf<VolumeConnector>("extra", "type", "connector_id", "node_uuid"),
  },
  VolumeTargetCRUDPayload: {
    version: "1.0",
    fields: fieldsOf<VolumeTarget>("boot_index", "extra", "node_uuid", "properties", "volume_id", "volume_type"),
    redacted: ["properties"],
  },
  AllocationCRUDPayload: {
    version: "1.1",
    fields: fieldsOf<Allocation>(
      ...(["name", "node_uuid", "state", "last_error", "owner", "resource_class", "traits"] as const),
      ...(["candidate_nodes", "extra"] as const),
    ),
  },
  ChassisCRUDPayload: { version: "1.0", fields: fieldsOf<Chassis>("description", "extra") },
  DeployTemplateCRUDPayload: { version: "1.0", fields: fieldsOf<DeployTemplate>("extra", "name", "steps") },
  RunbookCRUDPayload: {
    version: "1.1",
    fields: fieldsOf<Runbook>(
      ...(["description", "disable_ramdisk", "extra", "name", "owner", "public", "steps", "traits"] as const),
    ),
  },
  // Rules have no scope here.
  InspectionRuleCRUDPayload: {
    version: "1.0",
    fields: [
      ...fieldsOf<InspectionRule>("description", "phase", "priority", "sensitive", "actions", "conditions"),
      "scope",
    ],
  },
} as const satisfies Readonly<Record<string, Payload>>;
export type PayloadName = keyof typeof PAYLOADS;

/** Secrets are masked, whatever was masked before; `beside` are the fields that only this notification has. */
export function payloadOf(name: PayloadName, record: object, beside: JsonObject = {}): JsonObject {
  const { version, fields, blank = {}, redacted = [] }: Payload = PAYLOADS[name];
  const values: Readonly<Record<string, Json | undefined>> = { ...BLANK, ...blank, ...record };
  const data = fields.map((field) => [field, redacted.includes(field) ? hidden(values[field]) : shown(values[field])]);
  return {
    "ironic_object.name": name,
    "ironic_object.namespace": "ironic",
    "ironic_object.version": version,
    "ironic_object.data": { ...maskSecrets(Object.fromEntries(data)), ...beside },
  };
}

function hidden(value: Json | undefined): Json {
  return isJsonObject(value) && Object.keys(value).length > 0 ? REDACTED : {};
}

/** Times without fractions, as versioned objects write them. */
function shown(value: Json | undefined): Json {
  if (typeof value !== "string") return value ?? null;
  const time = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$/.exec(value);
  return time === null ? value : `${time[1]}Z`;
}
