/** What every store is made with. */
import type { Knex } from "knex";
import type { Logger } from "../../common/log.ts";
import type { Dialect } from "../dialect/dialect.ts";
import type { Engine } from "../engine.ts";
import type { CompiledCache } from "../query/compile.ts";
import type { Sealer } from "../secrets/sealer.ts";

export interface StoreContext {
  readonly engine: Engine;
  /** Builds SQL; it has no connection. */
  readonly sql: Knex;
  readonly dialect: Dialect;
  readonly compiled: CompiledCache;
  readonly sealer: Sealer;
  readonly log: Logger;
  /** The time that records carry: ISO 8601 UTC with microseconds. Leases and liveness go by the database's clock. */
  now(): string;
}

export function timestamp(date: Date): string {
  return `${date.toISOString().slice(0, -1)}000+00:00`;
}

const OWN_FIELDS: ReadonlySet<string> = new Set(["id", "uuid", "created_at", "updated_at"]);

/** What a change gives, without what is the store's own: identity and times, whatever the change says of them. */
export function givenColumns(changes: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(changes).filter(([field, value]) => value !== undefined && !OWN_FIELDS.has(field)),
  );
}
