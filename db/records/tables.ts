/** The columns of ports, chassis and conductors. */
import type { Chassis } from "../../common/objects/chassis.ts";
import type { Conductor, HardwareInterfaceRow } from "../../common/objects/conductor.ts";
import type { Port } from "../../common/objects/port.ts";
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
