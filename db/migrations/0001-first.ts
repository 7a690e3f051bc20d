/** Migration 1: nodes, their secrets and what belongs to them, ports, chassis, conductors, boot tickets, leases. */
import type { Knex } from "knex";
import { INTERFACE_TYPES } from "../../common/objects/node.ts";
import type { Work } from "../engine.ts";
import { alter, type Migration } from "./migration.ts";

const NODE_DOCUMENTS = [
  "driver_info",
  "instance_info",
  "driver_internal_info",
  "properties",
  "extra",
  "network_data",
  "raid_config",
  "target_raid_config",
  "clean_step",
  "deploy_step",
  "service_step",
];
const NODE_TIMES = ["provision_updated_at", "inspection_started_at", "inspection_finished_at", "lock_since"];
const NODE_TEXTS = ["last_error", "maintenance_reason", "protected_reason", "retired_reason", "description"];
const NODE_NAMES = [
  "instance_name",
  "power_state",
  "target_power_state",
  "target_provision_state",
  "fault",
  "boot_mode",
  "resource_class",
  "owner",
  "lessee",
  "shard",
  "health",
  "reservation",
  "lock_owner",
  "lock_purpose",
  "conductor_affinity",
];
const NODE_FLAGS = ["maintenance", "console_enabled", "protected", "retired"];

export const first: Migration = {
  id: 1,
  name: "first",
  *up(sql) {
    yield* chassisAndNodes(sql);
    yield* partsOfNodes(sql);
    yield* ports(sql);
    yield* conductors(sql);
    yield* bootServices(sql);
  },
};

/** Times are fixed-width text of 32 characters. */
function identity(table: Knex.CreateTableBuilder, name: string): void {
  table.increments("id");
  table.string("uuid", 36).notNullable();
  table.string("created_at", 32).notNullable();
  table.string("updated_at", 32);
  table.unique(["uuid"], { indexName: `${name}_uuid_unique` });
}

function document(table: Knex.CreateTableBuilder, column: string): void {
  table.text(column, "longtext").notNullable();
}

function* chassisAndNodes(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("chassis", (table) => {
      identity(table, "chassis");
      table.text("description");
      document(table, "extra");
    }),
  );
  yield* alter(
    sql.schema.createTable("nodes", (table) => {
      identity(table, "nodes");
      table.string("name", 255);
      table.string("driver", 255).notNullable();
      table.string("chassis_uuid", 36);
      table.string("instance_uuid", 36);
      table.string("allocation_uuid", 36);
      table.string("parent_node", 255);
      table.string("provision_state", 32).notNullable();
      table.string("conductor_group", 255).notNullable().defaultTo("");
      table.integer("lock_number").notNullable().defaultTo(0);
      for (const column of NODE_DOCUMENTS) document(table, column);
      for (const column of NODE_TIMES) table.string(column, 32);
      for (const column of NODE_TEXTS) table.text(column, "longtext");
      for (const column of NODE_NAMES) table.string(column, 255);
      for (const column of NODE_FLAGS) table.boolean(column).notNullable().defaultTo(false);
      for (const column of ["automated_clean", "secure_boot"]) table.boolean(column);
      // Null after a patch has removed it, as the contract has it.
      table.boolean("disable_power_off").defaultTo(false);
      for (const type of INTERFACE_TYPES) table.string(`${type}_interface`, 255);
      table.unique(["name"], { indexName: "nodes_name_unique" });
      table.unique(["instance_uuid"], { indexName: "nodes_instance_uuid_unique" });
      for (const column of ["provision_state", "reservation", "chassis_uuid", "owner", "lessee", "parent_node"])
        table.index([column], `nodes_${column}_index`);
      table
        .foreign("chassis_uuid", "nodes_chassis_uuid_foreign")
        .references("uuid")
        .inTable("chassis")
        .onUpdate("CASCADE");
    }),
  );
}

function* partsOfNodes(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("node_secrets", (table) => {
      table.increments("id");
      table.integer("node_id").notNullable().unsigned().references("id").inTable("nodes").onDelete("CASCADE");
      table.string("holder", 32).notNullable();
      // A JSON pointer holds the user's own keys, which may be longer than an index takes: hence no unique index.
      table.text("path", "longtext").notNullable();
      table.text("value", "longtext").notNullable();
      table.index(["node_id"], "node_secrets_node_id_index");
    }),
  );
  yield* alter(
    sql.schema.createTable("node_traits", (table) => {
      table.integer("node_id").notNullable().unsigned().references("id").inTable("nodes").onDelete("CASCADE");
      table.string("trait", 255).notNullable();
      table.primary(["node_id", "trait"]);
      table.index(["trait"], "node_traits_trait_index");
    }),
  );
  yield* alter(
    sql.schema.createTable("node_history", (table) => {
      identity(table, "node_history");
      ofNode(table, "node_history");
      table.string("conductor", 255);
      table.string("event_type", 255).notNullable();
      table.string("severity", 16).notNullable();
      table.text("event", "longtext").notNullable();
      table.string("user", 255);
    }),
  );
  yield* alter(
    sql.schema.createTable("node_inventory", (table) => {
      table.string("node_uuid", 36).primary().references("uuid").inTable("nodes").onDelete("CASCADE");
      table.string("created_at", 32).notNullable();
      document(table, "inventory");
      document(table, "plugin_data");
    }),
  );
}

function ofNode(table: Knex.CreateTableBuilder, name: string): void {
  table.string("node_uuid", 36).notNullable().references("uuid").inTable("nodes").onDelete("CASCADE");
  table.index(["node_uuid"], `${name}_node_uuid_index`);
}

function* ports(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("ports", (table) => {
      identity(table, "ports");
      ofNode(table, "ports");
      table.string("address", 64).notNullable();
      table.string("name", 255);
      for (const column of ["extra", "internal_info", "local_link_connection"]) document(table, column);
      table.boolean("pxe_enabled").notNullable().defaultTo(true);
      table.boolean("is_smartnic").defaultTo(false);
      table.boolean("available_for_dynamic_portgroup").notNullable().defaultTo(true);
      table.string("portgroup_uuid", 36);
      for (const column of ["physical_network", "vendor", "category"]) table.string(column, 255);
      table.text("description");
      table.unique(["address"], { indexName: "ports_address_unique" });
      table.unique(["name"], { indexName: "ports_name_unique" });
      table.index(["portgroup_uuid"], "ports_portgroup_uuid_index");
    }),
  );
}

function* conductors(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("conductors", (table) => {
      table.increments("id");
      table.string("hostname", 255).notNullable();
      table.string("created_at", 32).notNullable();
      table.string("updated_at", 32);
      table.string("conductor_group", 255).notNullable();
      document(table, "drivers");
      table.boolean("online").notNullable();
      table.string("boot_id", 64).notNullable();
      table.bigInteger("beat_ms").notNullable();
      table.unique(["hostname"], { indexName: "conductors_hostname_unique" });
    }),
  );
  yield* alter(
    sql.schema.createTable("conductor_interfaces", (table) => {
      table.string("hostname", 255).notNullable().references("hostname").inTable("conductors").onDelete("CASCADE");
      for (const column of ["hardware_type", "interface_type", "interface_name"])
        table.string(column, 128).notNullable();
      table.boolean("is_default").notNullable();
      table.index(["hostname"], "conductor_interfaces_hostname_index");
    }),
  );
}

function* bootServices(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("boot_tickets", (table) => {
      table.increments("id");
      table.string("token", 128).notNullable();
      ofNode(table, "boot_tickets");
      table.string("purpose", 64).notNullable();
      table.string("boot_interface", 128).notNullable();
      document(table, "files");
      table.string("created_at", 32).notNullable();
      table.unique(["token"], { indexName: "boot_tickets_token_unique" });
    }),
  );
  yield* alter(
    sql.schema.createTable("leases", (table) => {
      table.string("mac", 64).primary();
      table.string("address", 64).notNullable();
      table.bigInteger("expires_ms").notNullable();
      table.unique(["address"], { indexName: "leases_address_unique" });
    }),
  );
}
