/** Migration 9: in which state a node was when something was written into its history, for how long, and for whose project. */
import { alter, type Migration } from "./migration.ts";

export const historyMoments: Migration = {
  id: 9,
  name: "history-moments",
  *up(sql) {
    yield* alter(
      sql.schema.alterTable("node_history", (table) => {
        table.string("project", 255);
        table.string("state", 32);
        table.string("target_provision_state", 32);
        table.integer("duration_seconds");
      }),
    );
  },
};
