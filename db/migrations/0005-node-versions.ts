/**
 * Migration 5: a number on each node that changes with everything that is shown of it, whoever writes. Who keeps a text
 * of a node asks by it. Kept by triggers, so that no path of a write can forget it, cascades of references included.
 */
import { alter, type Migration } from "./migration.ts";

export const nodeVersions: Migration = {
  id: 5,
  name: "node-versions",
  *up(sql, dialect) {
    yield* alter(
      sql.schema.alterTable("nodes", (table) => {
        table.integer("row_version").notNullable().defaultTo(0);
      }),
    );
    const cascades = { chassis: { key: "uuid", reference: "chassis_uuid" } };
    for (const statement of dialect.versionTriggers("nodes", { node_traits: "node_id" }, cascades))
      yield* alter(sql.schema.raw(statement));
  },
};
