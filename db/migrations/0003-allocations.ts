/** Migration 3: allocations, deploy templates, runbooks. */
import type { Knex } from "knex";
import type { Work } from "../engine.ts";
import { alter, type Migration } from "./migration.ts";

export const allocations: Migration = {
  id: 3,
  name: "allocations",
  *up(sql) {
    yield* allocationTable(sql);
    yield* stepLists(sql);
  },
};

/** Times are fixed-width text of 32 characters. */
function named(table: Knex.CreateTableBuilder, name: string): void {
  table.increments("id");
  table.string("uuid", 36).notNullable();
  table.string("created_at", 32).notNullable();
  table.string("updated_at", 32);
  table.string("name", 255);
  table.text("extra", "longtext").notNullable();
  table.unique(["uuid"], { indexName: `${name}_uuid_unique` });
  table.unique(["name"], { indexName: `${name}_name_unique` });
}

function* allocationTable(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("allocations", (table) => {
      named(table, "allocations");
      table.string("node_uuid", 36).references("uuid").inTable("nodes").onDelete("CASCADE");
      table.string("resource_class", 80);
      table.string("state", 15).notNullable();
      table.text("last_error", "longtext");
      table.text("candidate_nodes", "longtext").notNullable();
      table.text("traits", "longtext").notNullable();
      table.string("owner", 255);
      table.string("conductor_affinity", 255);
      for (const column of ["node_uuid", "state", "owner"]) table.index([column], `allocations_${column}_index`);
    }),
  );
}

function* stepLists(sql: Knex): Work<void> {
  yield* alter(
    sql.schema.createTable("deploy_templates", (table) => {
      named(table, "deploy_templates");
      table.text("steps", "longtext").notNullable();
    }),
  );
  yield* alter(
    sql.schema.createTable("runbooks", (table) => {
      named(table, "runbooks");
      table.text("steps", "longtext").notNullable();
      table.text("traits", "longtext").notNullable();
      table.text("description");
      table.string("owner", 255);
      table.boolean("public").notNullable().defaultTo(false);
      table.boolean("disable_ramdisk").notNullable().defaultTo(false);
      table.index(["owner"], "runbooks_owner_index");
    }),
  );
}
