/** Rows for every table of a schema at some level, as the release of then would have written them. */
import type { RawDatabase } from "./raw.ts";

const NODE = "11111111-1111-4111-8111-111111111111";
const OTHER = "22222222-2222-4222-8222-222222222222";
const THEN = "2026-01-02T03:04:05.000000+00:00";

type Values = Readonly<Record<string, string | number | boolean | null>>;

interface Rows {
  /** The migration that made the table. */
  readonly since: number;
  readonly table: string;
  readonly rows: readonly Values[];
}

const DOCUMENTS = Object.fromEntries(
  [
    ...["instance_info", "driver_internal_info", "properties", "extra", "network_data", "raid_config"],
    ...["target_raid_config", "clean_step", "deploy_step", "service_step"],
  ].map((name) => [name, "{}"]),
);

const named = (name: string): Values => ({ uuid: OTHER, created_at: THEN, name, extra: "{}" });
const ofNode: Values = { uuid: OTHER, created_at: THEN, node_uuid: NODE, extra: "{}" };

/** In the order of their references. */
const ROWS: readonly Rows[] = [
  { since: 1, table: "chassis", rows: [{ uuid: OTHER, created_at: THEN, description: "old", extra: "{}" }] },
  {
    since: 1,
    table: "nodes",
    rows: [
      {
        ...DOCUMENTS,
        uuid: NODE,
        created_at: THEN,
        name: "old-node",
        driver: "ipmi",
        chassis_uuid: OTHER,
        provision_state: "active",
        driver_info: '{"address":"a","password":"******"}',
        maintenance: true,
      },
    ],
  },
  {
    since: 1,
    table: "node_secrets",
    rows: [{ node_id: 1, holder: "driver_info", path: "/password", value: '"s3cret"' }],
  },
  { since: 1, table: "node_traits", rows: [{ node_id: 1, trait: "CUSTOM_OLD" }] },
  {
    since: 1,
    table: "node_history",
    rows: [{ uuid: OTHER, created_at: THEN, node_uuid: NODE, event_type: "e", severity: "ERROR", event: "was" }],
  },
  {
    since: 1,
    table: "node_inventory",
    rows: [{ node_uuid: NODE, created_at: THEN, inventory: '{"cpu":1}', plugin_data: "{}" }],
  },
  {
    since: 1,
    table: "ports",
    rows: [{ ...ofNode, address: "aa:bb:cc:dd:ee:ff", internal_info: "{}", local_link_connection: "{}" }],
  },
  {
    since: 1,
    table: "conductors",
    rows: [
      {
        hostname: "old-host",
        created_at: THEN,
        conductor_group: "",
        drivers: "[]",
        online: true,
        boot_id: "b",
        beat_ms: 1_767_323_045_000,
      },
    ],
  },
  {
    since: 1,
    table: "conductor_interfaces",
    rows: [
      {
        hostname: "old-host",
        hardware_type: "ipmi",
        interface_type: "power",
        interface_name: "ipmitool",
        is_default: true,
      },
    ],
  },
  {
    since: 1,
    table: "boot_tickets",
    rows: [{ token: "t", node_uuid: NODE, purpose: "deploy", boot_interface: "ipxe", files: "{}", created_at: THEN }],
  },
  { since: 1, table: "leases", rows: [{ mac: "aa:bb", address: "10.0.0.1", expires_ms: 1_767_323_045_000 }] },
  { since: 2, table: "portgroups", rows: [{ ...ofNode, name: "old-group", internal_info: "{}", properties: "{}" }] },
  { since: 2, table: "volume_connectors", rows: [{ ...ofNode, type: "iqn", connector_id: "c" }] },
  {
    since: 2,
    table: "volume_targets",
    rows: [{ ...ofNode, volume_type: "iscsi", volume_id: "v", boot_index: 0, properties: "{}" }],
  },
  { since: 2, table: "volume_target_secrets", rows: [{ target_uuid: OTHER, path: "/p", value: '"x"' }] },
  {
    since: 3,
    table: "allocations",
    rows: [{ ...named("old-allocation"), state: "active", candidate_nodes: "[]", traits: "[]", node_uuid: NODE }],
  },
  { since: 3, table: "deploy_templates", rows: [{ ...named("CUSTOM_OLD"), steps: "[]" }] },
  { since: 3, table: "runbooks", rows: [{ ...named("CUSTOM_OLD"), steps: "[]", traits: "[]" }] },
  {
    since: 4,
    table: "inspection_rules",
    rows: [{ uuid: OTHER, created_at: THEN, conditions: "[]", actions: "[]" }],
  },
  {
    since: 4,
    table: "bios_settings",
    rows: [{ node_uuid: NODE, name: "b", created_at: THEN, value: "v", allowable_values: "[]" }],
  },
  {
    since: 4,
    table: "firmware_components",
    rows: [{ node_uuid: NODE, component: "bmc", created_at: THEN, initial_version: "1" }],
  },
  { since: 6, table: "calls", rows: [{ id: OTHER, method: "heartbeat", deadline_ms: 1_767_323_045_000 }] },
  { since: 8, table: "restores", rows: [{ id: 1, origin: "a", as_of: THEN, restored_at: THEN, complete: true }] },
];

export async function fillEveryTable(raw: RawDatabase, level: number): Promise<void> {
  for (const { table, rows, since } of ROWS) {
    if (since > level) continue;
    for (const row of rows) {
      const columns = Object.keys(row);
      const places = columns.map(() => "?").join(", ");
      await raw.run(`insert into ${table} (${columns.join(", ")}) values (${places})`, ...Object.values(row));
    }
  }
}

export async function countRows(raw: RawDatabase, level: number): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  for (const { table, since } of ROWS)
    if (since <= level) counts[table] = Number((await raw.rows(`select count(*) from ${table}`))[0]?.[0]);
  return counts;
}
