/** Migration 2: port groups; volume connectors and targets, the secrets of the latter apart. */
import type { Knex } from "knex";
import type { Work } from "../engine.ts";
import { alter, type Migration } from "./migration.ts";

export const portgroupsAndVolumes: Migration = {
  id: 2,
  name: "portgroups-and-volumes",
  *up(sql) {
    yield* portgroups(sql);
    yield* volumeConnectors(sql);
    yield* volumeTargets(sql);
  },
};

/** What every record of a node has. Times are fixed-width text of 32 characters. */
function recordOfNode(table: Knex.CreateTableBuilder, name: string): void {
  table.increments("id");
  table.string("uuid", 36).notNullable();
  table.string("created_at", 32).notNullable();
  table.string("updated_at", 32);
  table.string("node_uuid", 36).notNullable().references("uuid").inTable("nodes").onDelete("CASCADE");
  table.text("extra", "longtext").notNullable();
  table.unique(["uuid"], { indexName: `${name}_uuid_unique` });
  table.index(["node_uuid"], `${name}_node_uuid_index`);
}

function* portgroups(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("portgroups", (table) => {
      recordOfNode(table, "portgroups");
      table.string("name", 255);
      table.string("address", 64);
      for (const column of ["internal_info", "properties"]) table.text(column, "longtext").notNullable();
      table.boolean("standalone_ports_supported").notNullable().defaultTo(true);
      table.boolean("dynamic_portgroup").notNullable().defaultTo(false);
      table.string("mode", 255);
      table.string("physical_network", 64);
      table.string("category", 80);
      table.unique(["name"], { indexName: "portgroups_name_unique" });
      table.unique(["address"], { indexName: "portgroups_address_unique" });
    }),
  );
}

function* volumeConnectors(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("volume_connectors", (table) => {
      recordOfNode(table, "volume_connectors");
      table.string("type", 32).notNullable();
      table.string("connector_id", 255).notNullable();
      // Named by its first column, which is what tells a violation apart.
      table.unique(["type", "connector_id"], { indexName: "volume_connectors_type_unique" });
    }),
  );
}

function* volumeTargets(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("volume_targets", (table) => {
      recordOfNode(table, "volume_targets");
      table.string("volume_type", 64).notNullable();
      table.string("volume_id", 255).notNullable();
      table.bigInteger("boot_index").notNullable();
      table.text("properties", "longtext").notNullable();
      table.unique(["node_uuid", "boot_index"], { indexName: "volume_targets_node_uuid_unique" });
    }),
  );
  yield* alter(
    sql.schema.createTable("volume_target_secrets", (table) => {
      table.increments("id");
      table.string("target_uuid", 36).notNullable().references("uuid").inTable("volume_targets").onDelete("CASCADE");
      table.text("path", "longtext").notNullable();
      table.text("value", "longtext").notNullable();
      table.index(["target_uuid"], "volume_target_secrets_target_uuid_index");
    }),
  );
}
