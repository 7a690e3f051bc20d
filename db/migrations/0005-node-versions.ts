/**
 * Migration 5: a number on each node that changes with everything that is shown of it, whoever writes. Who keeps a text
 * of a node asks by it. Kept by triggers, so that no path of a write can forget it, cascades of references included.
 */
import type { Knex } from "knex";
import { alter, type Migration } from "./migration.ts";

export const nodeVersions: Migration = {
  id: 5,
  name: "node-versions",
  *up(sql) {
    yield* alter(
      sql.schema.alterTable("nodes", (table) => {
        table.integer("row_version").notNullable().defaultTo(0);
      }),
    );
    for (const statement of triggers()) yield* alter(raw(sql, statement));
  },
};

/** A node's id is never given again (autoincrement), so id and number together name one state of one node. */
function triggers(): readonly string[] {
  const raise = (id: string) => `update nodes set row_version = row_version + 1 where id = ${id};`;
  return [
    `create trigger nodes_row_version after update on nodes when new.row_version = old.row_version begin ${raise("new.id")} end`,
    `create trigger node_traits_added after insert on node_traits begin ${raise("new.node_id")} end`,
    `create trigger node_traits_removed after delete on node_traits begin ${raise("old.node_id")} end`,
    `create trigger node_traits_changed after update on node_traits begin ${raise("new.node_id")} end`,
  ];
}

function raw(sql: Knex, statement: string): Knex.SchemaBuilder {
  return sql.schema.raw(statement);
}
