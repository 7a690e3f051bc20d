/** Migration 8: where the records came from, while nobody has confirmed that machines may be acted on by them. */
import { alter, type Migration } from "./migration.ts";

export const restores: Migration = {
  id: 8,
  name: "restores",
  *up(sql) {
    yield* alter(
      sql.schema.createTable("restores", (table) => {
        table.integer("id").notNullable().primary();
        table.string("origin", 255).notNullable();
        table.string("as_of", 32).notNullable();
        table.string("restored_at", 32).notNullable();
        table.boolean("complete").notNullable();
      }),
    );
  },
};
