/** The columns of ports and port groups, volumes, chassis and conductors. */
import type { Chassis } from "../../common/objects/chassis.ts";
import type { Conductor, HardwareInterfaceRow } from "../../common/objects/conductor.ts";
import type { Port } from "../../common/objects/port.ts";
import type { Portgroup } from "../../common/objects/portgroup.ts";
import type { VolumeConnector, VolumeTarget } from "../../common/objects/volume.ts";
import { defineTable } from "./table.ts";

export const portTable = defineTable<Port>("ports", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  node_uuid: "text",
  address: "text",
  extra: "object",
  internal_info: "object",
  local_link_connection: "object",
  pxe_enabled: "boolean",
  portgroup_uuid: "text",
  physical_network: "text",
  is_smartnic: "boolean",
  name: "text",
  description: "text",
  vendor: "text",
  category: "text",
  available_for_dynamic_portgroup: "boolean",
});

export const portgroupTable = defineTable<Portgroup>("portgroups", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  node_uuid: "text",
  name: "text",
  address: "text",
  extra: "object",
  internal_info: "object",
  standalone_ports_supported: "boolean",
  mode: "text",
  properties: "object",
  physical_network: "text",
  category: "text",
  dynamic_portgroup: "boolean",
});

export const volumeConnectorTable = defineTable<VolumeConnector>("volume_connectors", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  node_uuid: "text",
  extra: "object",
  type: "text",
  connector_id: "text",
});

export const volumeTargetTable = defineTable<VolumeTarget>("volume_targets", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  node_uuid: "text",
  extra: "object",
  volume_type: "text",
  volume_id: "text",
  boot_index: "integer",
  properties: "object",
});

export const chassisTable = defineTable<Chassis>("chassis", {
  id: "integer",
  uuid: "text",
  created_at: "text",
  updated_at: "text",
  description: "text",
  extra: "object",
});

/** `alive` is not stored: it is judged when a row is read. */
export const conductorTable = defineTable<Omit<Conductor, "alive">>("conductors", {
  id: "integer",
  hostname: "text",
  created_at: "text",
  updated_at: "text",
  conductor_group: "text",
  drivers: "list",
  online: "boolean",
  boot_id: "text",
});

export const interfaceTable = defineTable<HardwareInterfaceRow>("conductor_interfaces", {
  hostname: "text",
  hardware_type: "text",
  interface_type: "text",
  interface_name: "text",
  is_default: "boolean",
});
