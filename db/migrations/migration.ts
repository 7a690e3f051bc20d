/** What a migration is. */
import type { Knex } from "knex";
import type { Dialect } from "../dialect/dialect.ts";
import type { Work } from "../engine.ts";
import { schemaStatements } from "../query/compile.ts";

/**
 * One step of the schema. Programs N and N-1 work on one database side by side, so a change comes in two releases:
 * the first expands (new tables; new columns that may be null or have a default; new indexes) and writes both old and
 * new, the next contracts (drops what nobody reads any more). A migration never changes after its release.
 *
 * Portable: indexed texts have a length; unique indexes are named `<table>_<column>_unique`; JSON is `longtext`; on
 * databases that compare text without case, indexed texts get a collation that tells case apart.
 */
export interface Migration {
  /** Rising; numbers may be left out. */
  readonly id: number;
  readonly name: string;
  up(sql: Knex, dialect: Dialect): Work<void>;
}

export function* alter(builder: Knex.SchemaBuilder): Work<void> {
  for (const statement of schemaStatements(builder)) yield statement;
}
