/** The columns of inspection rules, BIOS settings and firmware components. */
import type { InspectionRule } from "../../common/objects/inspection-rule.ts";
import type { BiosSetting, FirmwareComponent } from "../../common/objects/node-parts.ts";
import { defineTable } from "./table.ts";

export const inspectionRuleTable = defineTable<InspectionRule>("inspection_rules", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  description: "text",
  priority: "integer",
  sensitive: "boolean",
  phase: "text",
  conditions: "sealed-list",
  actions: "sealed-list",
});

export type OfNode<T> = T & { readonly id: number; readonly node_uuid: string };

export const biosSettingTable = defineTable<OfNode<BiosSetting>>("bios_settings", {
  id: "integer",
  node_uuid: "text",
  name: "text",
  value: "text",
  created_at: "text",
  updated_at: "text",
  attribute_type: "text",
  allowable_values: "list",
  lower_bound: "integer",
  upper_bound: "integer",
  min_length: "integer",
  max_length: "integer",
  read_only: "boolean",
  reset_required: "boolean",
  unique: "boolean",
});

export const firmwareComponentTable = defineTable<OfNode<FirmwareComponent>>("firmware_components", {
  id: "integer",
  node_uuid: "text",
  component: "text",
  initial_version: "text",
  current_version: "text",
  last_version_flashed: "text",
  created_at: "text",
  updated_at: "text",
  vendor: "text",
  model: "text",
  serial_number: "text",
});
