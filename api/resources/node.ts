/**
 * Nodes: every field with the minor that brought it. Source: contract fields.json (checked for all minors by
 * spec/api/fields.spec.ts).
 */
import { INTERFACE_TYPES, type InterfaceField, type InterfaceType, type Node } from "../../common/objects/node.ts";
import { type ComputedDef, defineResource, type FieldDef, linkPair, type Resource } from "../engine/resource.ts";
import { filledText, flag, jsonObject, lowerText, mandatoryText, text, uuid } from "../engine/values.ts";
import { HIDDEN_NODE_FIELDS, OWNER_COLUMNS } from "../policy/hiding.ts";
import { networkData } from "./network-data.ts";

/** Minors of the interface fields that did not come with the rest in 1.31. */
const INTERFACE_SINCE: Readonly<Partial<Record<InterfaceType, number>>> = {
  network: 20,
  storage: 33,
  rescue: 38,
  bios: 40,
  firmware: 86,
};
const INTERFACES_SINCE = 31;

function interfaceFields(): Readonly<Record<InterfaceField, FieldDef<Node, string | null>>> {
  const entries = INTERFACE_TYPES.map((type) => [
    `${type}_interface`,
    { since: INTERFACE_SINCE[type] ?? INTERFACES_SINCE, kind: text(), create: "optional", patch: true },
  ]);
  return Object.fromEntries(entries);
}

/** Links to a sub-resource; they stand in full views only. */
function subResource(name: string, since = 1): ComputedDef<Node> {
  return {
    since,
    needs: ["uuid"],
    select: false,
    value: (node, view) => linkPair(view.base, `nodes/${node.uuid}/${name}`),
  };
}

/** Below 1.2 the idle state had no name; below 1.39 waiting inspection was not told from running. */
function oldStateNames(state: string, minor: number): string | null {
  if (state === "available" && minor < 2) return null;
  return state === "inspect wait" && minor < 39 ? "inspecting" : state;
}

/** Columns that never leave the service. */
type Hidden = "id" | "lock_number" | "lock_owner" | "lock_purpose" | "lock_since" | "conductor_affinity";

export const node = defineResource<Node, Hidden>({
  name: "node",
  collection: "nodes",
  id: "uuid",
  summary: ["instance_uuid", "maintenance", "power_state", "provision_state", "uuid", "name"],
  internalSortKeys: {
    id: "id",
    version: "id",
    allocation_id: "allocation_uuid",
    chassis_id: "chassis_uuid",
    conductor_affinity: "conductor_affinity",
  },
  hides: {
    candidates: HIDDEN_NODE_FIELDS,
    needs: OWNER_COLUMNS,
    fields: (record, hiding) => hiding.ofNode(record),
  },
  fields: {
    ...interfaceFields(),
    uuid: { kind: uuid, create: "optional" },
    created_at: { select: false },
    updated_at: { select: false },
    name: { since: 5, kind: text(), create: "optional", patch: true },
    driver: { kind: mandatoryText(), create: "required", patch: ["add", "replace"] },
    chassis_uuid: { kind: uuid, create: "optional", patch: true, sort: false },
    instance_uuid: { kind: uuid, create: "optional", patch: true },
    instance_name: { since: 104, kind: filledText(), create: "optional", patch: true },
    driver_info: {
      kind: jsonObject,
      create: "optional",
      patch: true,
      reset: {},
      sort: false,
      redacted: { content: "** Redacted - requires baremetal:node:get:driver_info permission. **" },
    },
    instance_info: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    driver_internal_info: {
      since: 3,
      sort: false,
      redacted: { content: "** Redacted - Requires baremetal:node:get:driver_internal_info permission. **" },
    },
    properties: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    extra: { kind: jsonObject, create: "optional", patch: true, reset: {}, sort: false },
    network_data: { since: 66, kind: networkData, create: "optional", patch: true, reset: {}, sort: false },
    raid_config: { since: 12, sort: false },
    target_raid_config: { since: 12, sort: false },
    clean_step: { since: 7, sort: false },
    deploy_step: { since: 44, sort: false },
    service_step: { since: 87, sort: false },
    power_state: {},
    target_power_state: {},
    provision_state: { render: (state, _node, view) => oldStateNames(state, view.minor) },
    target_provision_state: {},
    provision_updated_at: {},
    last_error: { redacted: "** Value Redacted - Requires baremetal:node:get:last_error permission. **" },
    fault: { since: 42 },
    maintenance: { kind: flag, create: "optional", patch: true, reset: false },
    maintenance_reason: {},
    console_enabled: { kind: flag, create: "optional" },
    inspection_started_at: { since: 6 },
    inspection_finished_at: { since: 6 },
    boot_mode: { since: 75, kind: text(), create: "optional" },
    secure_boot: { since: 75, kind: flag, create: "optional" },
    resource_class: { since: 21, kind: text(80), create: "optional", patch: true },
    conductor_group: { since: 46, kind: lowerText(), create: "optional", patch: true, reset: "" },
    automated_clean: { since: 47, kind: flag, create: "optional", patch: true },
    protected: { since: 48, kind: flag, patch: true, reset: false },
    protected_reason: { since: 48, kind: text(), patch: true },
    retired: { since: 61, kind: flag, create: "optional", patch: true, reset: false },
    retired_reason: { since: 61, kind: text(), create: "optional", patch: true },
    owner: { since: 50, kind: text(), create: "optional", patch: true },
    lessee: { since: 65, kind: text(), create: "optional", patch: true },
    description: { since: 51, kind: text(4096), create: "optional", patch: true },
    allocation_uuid: { since: 52, sort: false },
    shard: { since: 82, kind: text(), create: "optional", patch: true },
    parent_node: { since: 83, kind: text(36), create: "optional", patch: true },
    disable_power_off: { since: 95, kind: flag, create: "optional", patch: true },
    health: { since: 109 },
    traits: { since: 37, sort: false },
    reservation: { redacted: "** Redacted - requires baremetal:node:get:reservation permission. **" },
  },
  computed: {
    links: {
      needs: ["uuid"],
      select: false,
      value: (record, view) => linkPair(view.base, `nodes/${record.uuid}`),
    },
    conductor: {
      since: 49,
      needs: ["uuid", "driver", "conductor_group"],
      schema: { type: ["string", "null"] },
      value: (record, view) => view.conductorOf(record),
    },
    ports: subResource("ports"),
    states: subResource("states", 14),
    portgroups: subResource("portgroups", 24),
    volume: subResource("volume", 32),
  },
});

const STATE_FIELDS = [
  "console_enabled",
  "last_error",
  "power_state",
  "provision_state",
  "target_power_state",
  "target_provision_state",
  "provision_updated_at",
  "raid_config",
  "target_raid_config",
  "boot_mode",
  "secure_boot",
] as const satisfies readonly (keyof Node)[];

/** The document under .../states: some of the node's fields, without links. */
export const nodeStates: Resource<Node> = { ...node, summary: STATE_FIELDS, computed: {}, projections: new Map() };
