/** Migration 4: inspection rules, BIOS settings, firmware components. */
import type { Knex } from "knex";
import type { Work } from "../engine.ts";
import { alter, type Migration } from "./migration.ts";

export const inspectionRulesAndNodeParts: Migration = {
  id: 4,
  name: "inspection rules and node parts",
  *up(sql) {
    yield* inspectionRules(sql);
    yield* partOfNode(sql, "bios_settings", "name", biosColumns);
    yield* partOfNode(sql, "firmware_components", "component", firmwareColumns);
  },
};

/** Times are fixed-width text of 32 characters. */
function times(table: Knex.CreateTableBuilder): void {
  table.string("created_at", 32).notNullable();
  table.string("updated_at", 32);
}

function* inspectionRules(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("inspection_rules", (table) => {
      table.increments("id");
      table.string("uuid", 36).notNullable();
      times(table);
      table.string("description", 255);
      table.integer("priority").notNullable().defaultTo(0);
      table.boolean("sensitive").notNullable().defaultTo(false);
      table.string("phase", 16).notNullable().defaultTo("main");
      table.text("conditions", "longtext").notNullable();
      table.text("actions", "longtext").notNullable();
      table.unique(["uuid"], { indexName: "inspection_rules_uuid_unique" });
    }),
  );
}

function* partOfNode(
  sql: Knex,
  name: string,
  key: string,
  columns: (table: Knex.CreateTableBuilder) => void,
): Work<void> {
  yield* alter(
    sql.schema.createTable(name, (table) => {
      table.increments("id");
      table.string("node_uuid", 36).notNullable().references("uuid").inTable("nodes").onDelete("CASCADE");
      table.string(key, 255).notNullable();
      times(table);
      columns(table);
      table.unique(["node_uuid", key], { indexName: `${name}_node_uuid_${key}_unique` });
    }),
  );
}

function biosColumns(table: Knex.CreateTableBuilder): void {
  table.text("value", "longtext");
  table.string("attribute_type", 255);
  table.text("allowable_values", "longtext").notNullable();
  for (const column of ["lower_bound", "upper_bound", "min_length", "max_length"]) table.bigInteger(column);
  for (const column of ["read_only", "reset_required", "unique"]) table.boolean(column);
}

function firmwareColumns(table: Knex.CreateTableBuilder): void {
  table.string("initial_version", 255).notNullable();
  for (const column of ["current_version", "last_version_flashed", "vendor", "model", "serial_number"])
    table.string(column, 255);
}
