/** Migration 11: with which key a stored secret is encrypted (none: it is plain), and which keys the service uses. */
import type { Knex } from "knex";
import type { Work } from "../engine.ts";
import { alter, type Migration } from "./migration.ts";

export const sealedSecrets: Migration = {
  id: 11,
  name: "sealed-secrets",
  *up(sql) {
    for (const table of ["node_secrets", "volume_target_secrets"]) yield* keyColumn(sql, table);
    yield* alter(
      sql.schema.createTable("secret_keys", (table) => {
        table.string("key_id", 32).notNullable().primary();
        table.string("added_at", 32).notNullable();
      }),
    );
  },
};

function* keyColumn(sql: Knex, name: string): Work<void> {
  yield* alter(
    sql.schema.alterTable(name, (table) => {
      table.string("key_id", 32);
      table.index(["key_id"], `${name}_key_id_index`);
    }),
  );
}
