/** Migration 7: the number of migration 5 on each port. Nothing shown of a port stands in another table. */
import { alter, type Migration } from "./migration.ts";

export const portVersions: Migration = {
  id: 7,
  name: "port-versions",
  *up(sql, dialect) {
    yield* alter(
      sql.schema.alterTable("ports", (table) => {
        table.integer("row_version").notNullable().defaultTo(0);
      }),
    );
    for (const statement of dialect.versionTriggers("ports", {})) yield* alter(sql.schema.raw(statement));
  },
};
