/** Migration 6: calls to conductors that were claimed or withdrawn, for transports that may deliver a call twice. */
import { alter, type Migration } from "./migration.ts";

export const calls: Migration = {
  id: 6,
  name: "calls",
  *up(sql) {
    yield* alter(
      sql.schema.createTable("calls", (table) => {
        table.string("id", 36).notNullable().primary();
        table.string("method", 64).notNullable();
        table.string("owner", 36);
        table.bigInteger("deadline_ms").notNullable();
        table.text("reply", "longtext");
        table.index(["deadline_ms"], "calls_deadline_ms_index");
      }),
    );
  },
};
