/** Ironic's tables as ours. Ids stay what they are; what has no place here is told. */
import type { SqlValue } from "../engine.ts";
import { biosSettingTable, firmwareComponentTable, inspectionRuleTable } from "../records/inspection-tables.ts";
import { allocationTable, deployTemplateTable, runbookTable } from "../records/named-tables.ts";
import { splitSecrets } from "../records/secret-split.ts";
import type { Table } from "../records/table.ts";
import { chassisTable, portgroupTable, portTable, volumeConnectorTable, volumeTargetTable } from "../records/tables.ts";
import { objectOf, recordOf, timeOf } from "./convert.ts";
import { importedNode, type NodeReferences, whyBusy } from "./nodes.ts";
import type { SourceRow, SourceTables } from "./source.ts";

type Record_ = Readonly<Record<string, SqlValue>>;

export interface Mapped {
  /** By our table, parents first. */
  readonly tables: ReadonlyMap<string, readonly Record_[]>;
  /** One line each: nodes that somebody works on. */
  readonly busy: readonly string[];
  /** One line each: what is not carried over. */
  readonly left: readonly string[];
  readonly drivers: ReadonlySet<string>;
}

export function mapIronic(source: SourceTables): Mapped {
  const rows = (table: string) => source.get(table) ?? [];
  const uuids = (table: string) => lookup(rows(table), "uuid");
  const node = uuids("nodes");
  const ofNode = (row: SourceRow) => ({ node_uuid: node(row.node_id) });
  const conductor = lookup(rows("conductors"), "hostname");
  const plain = <R>(table: Table<R>, from: string, own: (row: SourceRow) => Record<string, unknown> = () => ({})) =>
    rows(from).map((row) => recordOf(table, row, own(row)));
  const nodes = mapNodes(rows("nodes"), {
    chassis: uuids("chassis"),
    allocation: uuids("allocations"),
    conductor,
  });
  const targets = mapTargets(rows("volume_targets"), node);
  const portgroup = uuids("portgroups");
  const tables = new Map<string, readonly Record_[]>([
    ["chassis", plain(chassisTable, "chassis")],
    ["nodes", nodes.records],
    ["node_secrets", nodes.secrets],
    ["node_traits", rows("node_traits").map(({ node_id = null, trait = null }) => ({ node_id, trait }))],
    ["node_history", mapHistory(rows("node_history"), node)],
    ["node_inventory", mapInventory(rows("node_inventory"), node)],
    ["portgroups", plain(portgroupTable, "portgroups", ofNode)],
    ["ports", plain(portTable, "ports", (row) => ({ ...ofNode(row), portgroup_uuid: portgroup(row.portgroup_id) }))],
    ["volume_connectors", plain(volumeConnectorTable, "volume_connectors", ofNode)],
    ["volume_targets", targets.records],
    ["volume_target_secrets", targets.secrets],
    [
      "allocations",
      plain(allocationTable, "allocations", (row) => ({
        ...ofNode(row),
        conductor_affinity: conductor(row.conductor_affinity),
      })),
    ],
    ["deploy_templates", mapTemplates(rows("deploy_templates"), rows("deploy_template_steps"))],
    ["runbooks", mapRunbooks(rows("runbooks"), rows("runbook_steps"), rows("runbook_traits"))],
    ["inspection_rules", plain(inspectionRuleTable, "inspection_rules")],
    ["bios_settings", numbered(rows("bios_settings")).map((row) => recordOf(biosSettingTable, row, ofNode(row)))],
    ["firmware_components", plain(firmwareComponentTable, "firmware_information", ofNode)],
  ]);
  return {
    tables,
    busy: rows("nodes").flatMap((row) => (whyBusy(row) === null ? [] : [`${row.uuid} (${row.name}): ${whyBusy(row)}`])),
    left: leftBehind(source),
    drivers: new Set(rows("nodes").map((row) => String(row.driver))),
  };
}

function lookup(rows: readonly SourceRow[], column: string): (id: SqlValue | undefined) => string | null {
  const byId = new Map(rows.map((row) => [Number(row.id), String(row[column])]));
  return (id) => (id === null || id === undefined ? null : (byId.get(Number(id)) ?? null));
}

function numbered(rows: readonly SourceRow[]): readonly SourceRow[] {
  return rows.map((row, index) => ({ ...row, id: index + 1 }));
}

function mapNodes(rows: readonly SourceRow[], references: NodeReferences) {
  const records: Record_[] = [];
  const secrets: Record_[] = [];
  for (const row of rows) {
    const { record, secrets: own } = importedNode(row, references);
    records.push(record);
    for (const secret of own) secrets.push({ id: secrets.length + 1, node_id: Number(row.id), ...secret });
  }
  return { records, secrets };
}

function mapTargets(rows: readonly SourceRow[], node: (id: SqlValue | undefined) => string | null) {
  const records: Record_[] = [];
  const secrets: Record_[] = [];
  for (const row of rows) {
    const split = splitSecrets(objectOf(row.properties), new Map());
    records.push(recordOf(volumeTargetTable, row, { node_uuid: node(row.node_id), properties: split.masked }));
    for (const [path, value] of split.secrets)
      secrets.push({ id: secrets.length + 1, target_uuid: String(row.uuid), path, value });
  }
  return { records, secrets };
}

function mapHistory(rows: readonly SourceRow[], node: (id: SqlValue | undefined) => string | null): readonly Record_[] {
  return rows.map((row) => ({
    id: Number(row.id),
    uuid: row.uuid ?? null,
    created_at: timeOf(row.created_at),
    updated_at: timeOf(row.updated_at),
    node_uuid: node(row.node_id),
    conductor: row.conductor ?? null,
    event_type: String(row.event_type ?? ""),
    severity: String(row.severity ?? "INFO"),
    event: String(row.event ?? ""),
    user: row.user ?? null,
    project: row.project ?? null,
    state: row.state ?? null,
    target_provision_state: row.target_provision_state ?? null,
    duration_seconds: row.duration_seconds ?? null,
  }));
}

function mapInventory(
  rows: readonly SourceRow[],
  node: (id: SqlValue | undefined) => string | null,
): readonly Record_[] {
  return rows.map((row) => ({
    node_uuid: node(row.node_id),
    created_at: timeOf(row.created_at),
    inventory: JSON.stringify(objectOf(row.inventory_data)),
    plugin_data: JSON.stringify(objectOf(row.plugin_data)),
  }));
}

function mapTemplates(rows: readonly SourceRow[], steps: readonly SourceRow[]): readonly Record_[] {
  return rows.map((row) =>
    recordOf(deployTemplateTable, row, {
      steps: JSON.stringify(
        steps
          .filter((step) => step.deploy_template_id === row.id)
          .map((step) => ({
            interface: step.interface,
            step: step.step,
            args: objectOf(step.args),
            priority: Number(step.priority),
          })),
      ),
    }),
  );
}

function mapRunbooks(
  rows: readonly SourceRow[],
  steps: readonly SourceRow[],
  traits: readonly SourceRow[],
): readonly Record_[] {
  return rows.map((row) =>
    recordOf(runbookTable, row, {
      steps: JSON.stringify(
        steps
          .filter((step) => step.runbook_id === row.id)
          .map((step) => ({
            interface: step.interface,
            step: step.step,
            args: objectOf(step.args),
            order: Number(step.order),
          })),
      ),
      traits: traits.filter((trait) => trait.runbook_id === row.id).map((trait) => String(trait.trait)),
    }),
  );
}

const CARRIED = new Set([
  ...["alembic_version", "conductors", "conductor_hardware_interfaces", "chassis", "nodes", "node_traits"],
  ...["node_history", "node_inventory", "portgroups", "ports", "volume_connectors", "volume_targets", "allocations"],
  ...["deploy_templates", "deploy_template_steps", "runbooks", "runbook_steps", "runbook_traits"],
  ...["inspection_rules", "bios_settings", "firmware_information"],
]);
/** Columns without a place here, where they say anything. */
const NO_PLACE: Readonly<Record<string, readonly string[]>> = {
  inspection_rules: ["scope"],
};

function leftBehind(source: SourceTables): readonly string[] {
  const tables = [...source].filter(([name, rows]) => !CARRIED.has(name) && rows.length > 0);
  const columns = Object.entries(NO_PLACE).flatMap(([table, names]) =>
    names.map((name) => {
      const filled = (source.get(table) ?? []).filter((row) => (row[name] ?? null) !== null).length;
      return { text: `${table}.${name}: ${filled} values, which have no place here`, filled };
    }),
  );
  return [
    ...tables.map(([name, rows]) => `${name}: ${rows.length} rows, which have no place here`),
    ...columns.filter(({ filled }) => filled > 0).map(({ text }) => text),
    ...unreadable(source),
  ];
}

/** Documents that are no JSON objects would be empty here. */
function unreadable(source: SourceTables): readonly string[] {
  const documents = ["driver_info", "instance_info", "driver_internal_info", "properties", "extra"];
  return (source.get("nodes") ?? []).flatMap((row) =>
    documents
      .filter((name) => !isDocument(row[name]))
      .map((name) => `nodes.${name} of ${row.uuid}: not a readable document, empty here`),
  );
}

function isDocument(value: SqlValue | undefined): boolean {
  if (value === null || value === undefined || value === "" || value === "null") return true;
  return Object.keys(objectOf(value)).length > 0 || String(value).replaceAll(/\s/g, "") === "{}";
}
