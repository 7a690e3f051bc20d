/** Migration 7: the number of migration 5 on each port. Nothing shown of a port stands in another table. */
import { alter, type Migration } from "./migration.ts";

export const portVersions: Migration = {
  id: 7,
  name: "port-versions",
  *up(sql) {
    yield* alter(
      sql.schema.alterTable("ports", (table) => {
        table.integer("row_version").notNullable().defaultTo(0);
      }),
    );
    yield* alter(sql.schema.raw(TRIGGER));
  },
};

/** A port's id is never given again (autoincrement), so id and number together name one state of one port. */
const TRIGGER = `create trigger ports_row_version after update on ports when new.row_version = old.row_version
  begin update ports set row_version = row_version + 1 where id = new.id; end`;
