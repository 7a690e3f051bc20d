/** PostgreSQL: its dialect, and how it is opened. Loaded only when it is configured. */
import type { Config } from "../../../common/config/config.ts";
import type { Logger } from "../../../common/log.ts";
import { type Dialect, type OpenedDialect, versionTriggerNames } from "../dialect.ts";
import { openServer } from "../server/open.ts";
import { durabilityDoubts } from "./durability.ts";
import { failure, isMissingReference, isMissingTable, uniqueViolation } from "./errors.ts";
import { postgresLocation } from "./location.ts";
import { PostgresSession } from "./session.ts";

export const postgres: Dialect = {
  kind: "PostgreSQL",
  knexClient: "pg",
  nowMs: "(extract(epoch from clock_timestamp()) * 1000)::bigint",
  orderTerm: (quotedColumn, direction) =>
    `${quotedColumn} ${direction} nulls ${direction === "asc" ? "first" : "last"}`,
  forChange: (query) => query.forNoKeyUpdate(),
  tellingId: (insert) => insert.returning("id"),
  // Order and comparison by code point, whatever the database's locale is.
  schema: (sql) =>
    /^(create|alter) table/.test(sql) ? sql.replace(/\b(varchar\(\d+\)|text)\b/g, '$1 collate "C"') : sql,
  schemaIsTransactional: true,
  isThereAlready: () => false,
  isMissingTable,
  versionTriggers,
  numberAfter: (table) =>
    `select setval(pg_get_serial_sequence('${table}', 'id'), (select coalesce(max(id), 0) + 1 from ${table}), false)`,
  uniqueViolation,
  isMissingReference,
  serverVersion: "show server_version",
  durabilityDoubts,
};

function versionTriggers(table: string, parts: Readonly<Record<string, string>>): readonly string[] {
  const { raise } = versionTriggerNames(table);
  const own = [
    `create function ${raise}() returns trigger language plpgsql as $$ begin new.row_version := old.row_version + 1; return new; end $$`,
    `create trigger ${raise} before update on ${table} for each row execute function ${raise}()`,
  ];
  const ofParts = Object.entries(parts).flatMap(([part, reference]) => {
    const name = versionTriggerNames(part).changed;
    return [
      `create function ${name}() returns trigger language plpgsql as $$ begin update ${table} set row_version = row_version + 1 where id = coalesce(new.${reference}, old.${reference}); return null; end $$`,
      `create trigger ${name} after insert or update or delete on ${part} for each row execute function ${name}()`,
    ];
  });
  return [...own, ...ofParts];
}

/** @throws DatabaseUrlInvalid, DatabaseUnreachable */
export function openPostgres(options: Config["database"], log: Logger): Promise<OpenedDialect> {
  const location = postgresLocation(options.connection);
  return openServer(
    postgres,
    {
      connect: (limits) => PostgresSession.open(location, limits),
      failure,
      server: `${location.host}:${location.port}`,
    },
    options,
    log,
  );
}
